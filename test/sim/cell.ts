/**
 * What runs inside of the bundle: reads orders, one JSON document a line, and answers each with the outcome of its story. Started by
 * `run.ts` and the tests; never by hand.
 */
import { createInterface } from 'node:readline';
import { type Outcome, runStory } from './farm/farm.ts';
import type { Story } from './farm/story.ts';
import { inBottle } from './kernel/kernel.ts';

export interface Order {
  readonly story: Story;
  readonly keepTrace: boolean;
  readonly lookEveryMs: number;
}

export type Answer =
  | (Omit<Outcome, 'lines'> & { readonly lines: Outcome['lines']; readonly realMs: number })
  | { readonly broke: string };

async function obey(order: Order): Promise<Answer> {
  const began = performance.now();
  try {
    const outcome = await inBottle(() => runStory(order.story, order));
    return { ...outcome, lines: order.keepTrace ? outcome.lines : outcome.lines.slice(-40), realMs: performance.now() - began };
  } catch (error) {
    return { broke: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line) as Order))}\n`);
}
process.exit(0);
