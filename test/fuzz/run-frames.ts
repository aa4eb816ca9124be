/** Many short conversations with a peer that means no good, against the sessions and handshakes of both sides. */
import { anyFrame, type Manners } from './frame-cases.ts';
import { createTarget, targetNames } from './frame-targets.ts';
import { caseSeed, createChance } from './random.ts';

export interface FramesRun {
  readonly cases: number;
  readonly frames: number;
}

/** Rejects with the first case that breaks something, said so that it can be run alone. */
export async function fuzzFrames(options: {
  readonly seed: number;
  readonly cases: number;
  readonly first?: number;
  readonly onProgress?: (cases: number) => void;
}): Promise<FramesRun> {
  const { seed, cases, first = 0 } = options;
  const loose: unknown[] = [];
  const onLoose = (reason: unknown): void => {
    loose.push(reason);
  };
  process.on('unhandledRejection', onLoose);
  let frames = 0;
  try {
    for (let index = first; index < first + cases; index++) {
      frames += await oneCase(seed, index);
      if (index % 1_000 !== 999) continue;
      // Rejections that nobody handles are told after the turn.
      await new Promise<void>((resolve) => setImmediate(resolve));
      if (loose.length > 0) throw new Error(`Up to case ${index} nobody handled: ${String(loose[0])}`);
      options.onProgress?.(index + 1 - first);
    }
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (loose.length > 0) throw new Error(`Nobody handled: ${String(loose[0])}`);
  } finally {
    process.off('unhandledRejection', onLoose);
  }
  return { cases, frames };
}

async function oneCase(seed: number, index: number): Promise<number> {
  const chance = createChance(caseSeed(seed, index));
  const manners = chance.pick<Manners>(['good', 'careless', 'careless', 'none']);
  const name = chance.pick(targetNames);
  const fed: Uint8Array[] = [];
  try {
    const target = await createTarget(name, chance);
    const count = 1 + chance.below(8);
    for (let at = 0; at < count; at++) {
      const frame = anyFrame(chance, manners);
      fed.push(frame);
      target.feed(frame);
      if (chance.onceIn(2)) await Promise.resolve();
    }
    await target.finish(fed);
  } catch (error) {
    const hex = fed.map((frame) => Buffer.from(frame.subarray(0, 400)).toString('latin1')).join('\n  ');
    throw new Error(
      `Case ${index} of seed ${seed} (${name}, ${manners} manners): ${String(error)}\n  ${hex}\n` +
        `Again: bun test/fuzz/frames.ts --seed ${seed} --only ${index}`,
      { cause: error },
    );
  }
  return fed.length;
}
