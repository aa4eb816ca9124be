/** A bottle as its users see it: bundled once, a process that runs one story after another, thrown away at the end. */
import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BundleOptions, bundle } from './bundle.ts';
import type { Answer, Order } from './cell.ts';
import type { Outcome } from './farm/farm.ts';

export type Told = Outcome & { readonly realMs: number; readonly cpuMs: number };

export interface Bottle {
  /** Rejects when the bottle itself breaks; what is wrong with the farm is in the answer. */
  run(order: Order): Promise<Told>;
  close(): void;
}

export interface Cellar {
  /** A process of its own; as many as there are processors run side by side. */
  open(): Bottle;
  close(): void;
}

export async function openCellar(options: Omit<BundleOptions, 'entry'> = {}): Promise<Cellar> {
  const path = await bundle({ ...options, entry: 'cell.ts' });
  return {
    open: () => openBottle(path),
    close: () => rmSync(dirname(path), { recursive: true, force: true }),
  };
}

/** A process is replaced after so many stories: nothing of the first hundred may decide how the next one runs. */
const storiesPerProcess = 50;

function openBottle(path: string): Bottle {
  let current = startProcess(path);
  let stories = 0;
  return {
    async run(order) {
      if (++stories % storiesPerProcess === 0) {
        current.stop();
        current = startProcess(path);
      }
      const answer = JSON.parse(await current.ask(JSON.stringify(order))) as Answer;
      if ('broke' in answer) throw new Error(answer.broke);
      return answer;
    },
    close: () => current.stop(),
  };
}

function startProcess(path: string): { ask(order: string): Promise<string>; stop(): void } {
  const child = Bun.spawn([process.execPath, path], { stdin: 'pipe', stdout: 'pipe', stderr: 'inherit' });
  const lines = linesOf(child.stdout);
  return {
    async ask(order) {
      child.stdin.write(`${order}\n`);
      child.stdin.flush();
      const { value, done } = await lines.next();
      if (done === true) throw new Error('The process of the bottle is gone');
      return value;
    },
    stop: () => child.kill(),
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  return undefined;
}
