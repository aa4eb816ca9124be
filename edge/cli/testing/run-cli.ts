import { createSystemClock } from '../../../agent/kit/clock.ts';
import { createManualClock } from '../../../agent/kit/manual-clock.ts';
import { runCodeConfig } from '../../../storage/config/code-config.ts';
import type { DataTools } from '../data-tools.ts';
import { runProgram } from '../program.ts';
import { readFileBytes } from '../read-bytes.ts';
import type { StartFarm } from '../start-options.ts';
import { rememberingTerminal } from './remembering-terminal.ts';

/** What a farm answers, by method and path with its query. */
export type Answers = Readonly<Record<string, unknown>>;

export interface CliRun {
  readonly code: number;
  readonly out: string;
  readonly notes: string;
  /** `POST /api/v1/builds {"repo":"app"}`, in order. */
  readonly asked: readonly string[];
}

export interface CliScene {
  readonly answers?: Answers;
  readonly terminal?: { readonly interactive?: boolean; readonly colours?: boolean; readonly width?: number };
  readonly cwd?: string;
  readonly startFarm?: StartFarm;
  readonly dataTools?: DataTools;
  /** Ctrl-C, as soon as this much was printed. */
  readonly stopAfterLines?: number;
}

const noTools: DataTools = {
  backUp: () => Promise.reject(new Error('The scene has no data folder')),
  restore: () => Promise.reject(new Error('The scene has no data folder')),
  check: () => Promise.reject(new Error('The scene has no data folder')),
};

/** Runs one command line against a farm that answers from a table; a value that is a Response is answered as it is. */
export async function runCli(args: readonly string[], scene: CliScene = {}): Promise<CliRun> {
  const terminal = rememberingTerminal(scene.terminal);
  const asked: string[] = [];
  const stop = new AbortController();
  let lines = 0;
  const code = await runProgram(
    {
      terminal: {
        ...terminal,
        write(text) {
          terminal.write(text);
          lines += text.split('\n').length - 1;
          if (lines === scene.stopAfterLines) stop.abort();
        },
      },
      // A moment after the samples.
      clock: createManualClock(Date.UTC(2030, 0, 1, 0, 0, 30)),
      randomness: { bytes: (count) => new Uint8Array(count), fraction: () => 0 },
      signal: stop.signal,
      cwd: scene.cwd ?? '/nowhere',
      environment: { url: undefined, token: 'secret' },
      readText: async () => null,
      readBytes: readFileBytes,
      runConfigProgram: (path) =>
        runCodeConfig(path, {
          clock: createSystemClock(),
          environment: process.env,
          onSources: () => undefined,
        }),
      version: '1.2.3',
      dataTools: scene.dataTools ?? noTools,
      startFarm: scene.startFarm ?? (async () => undefined),
      async fetch(url, init) {
        const key = `${init.method ?? 'GET'} ${url.replace('http://localhost:8484', '')}`;
        asked.push(init.body ? `${key} ${init.body}` : key);
        return answerOf(scene.answers ?? {}, key);
      },
    },
    args,
  );
  return { code, out: terminal.out(), notes: terminal.notes(), asked };
}

function answerOf(answers: Answers, key: string): Response {
  const answer = answers[key];
  if (answer instanceof Response) return answer;
  if (answer !== undefined) return Response.json(answer);
  return problem(404, 'not_found', `Nothing answers ${key}`);
}

export function problem(status: number, code: string, detail: string): Response {
  const body = { type: 'about:blank', title: code, status, detail, code, blame: 'caller' };
  return Response.json(body, { status });
}

/** Events as a stream that ends. */
export function eventStream(
  events: readonly { readonly id: string | number; readonly data: unknown }[],
): Response {
  const text = events.map(({ id, data }) => `id: ${id}\ndata: ${JSON.stringify(data)}\n\n`).join('');
  return new Response(text, { headers: { 'content-type': 'text/event-stream' } });
}
