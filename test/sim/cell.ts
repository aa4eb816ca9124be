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
  readonly askQueue?: boolean;
}

export type Answer =
  | (Omit<Outcome, 'lines'> & {
      readonly lines: Outcome['lines'];
      readonly realMs: number;
      readonly cpuMs: number;
    })
  | { readonly broke: string };

async function obey(order: Order): Promise<Answer> {
  const began = performance.now();
  const cpuBefore = process.cpuUsage();
  try {
    rejections.length = 0;
    const outcome = await inBottle(() => runStory(order.story, order));
    await new Promise((resolve) => setTimeout(resolve, 0));
    const violations = [
      ...outcome.violations,
      ...rejections.map((what) => ({ at: outcome.virtualMs, rule: 'unhandled-rejection', what })),
    ];
    return {
      ...outcome,
      violations,
      lines: order.keepTrace ? outcome.lines : outcome.lines.slice(-40),
      realMs: performance.now() - began,
      cpuMs: cpuMsSince(cpuBefore),
    };
  } catch (error) {
    return { broke: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const rejections: string[] = [];

/** Who died in the middle of something leaves promises behind that nobody hears; those of the living are defects. */
process.on('unhandledRejection', (error: unknown) => {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  if (!/call after death|the process (?:is gone|died)|closed database/i.test(text)) rejections.push(text);
});

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await obey(JSON.parse(line) as Order))}\n`);
}
process.exit(0);
