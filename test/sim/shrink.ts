/** Makes a failing story short: crosses out as much as it can while the same rule is still broken. */
import type { Outcome } from './farm/farm.ts';
import type { Story } from './farm/story.ts';

export interface Shrunk {
  readonly story: Story;
  readonly tries: number;
}

const mostTries = 400;

type Part = 'faults' | 'requests' | 'pushes' | 'machines' | 'builders';

/** Delta debugging (Zeller, Hildebrandt 2002), list by list until nothing more goes, then the pushes and the time. */
export async function shrink(
  first: Story,
  rule: string,
  run: (story: Story) => Promise<Pick<Outcome, 'violations'>>,
): Promise<Shrunk> {
  let story = first;
  let tries = 0;

  async function accepts(candidate: Story): Promise<boolean> {
    if (tries >= mostTries || candidate.machines.length === 0 || candidate.builders.length === 0)
      return false;
    tries++;
    try {
      const { violations } = await run(candidate);
      if (!violations.some((violation) => violation.rule === rule)) return false;
    } catch {
      // A bottle that breaks is another failure than the one that is looked for.
      return false;
    }
    story = candidate;
    return true;
  }

  async function thin(part: Part): Promise<boolean> {
    let removed = false;
    for (let size = Math.ceil(story[part].length / 2); size >= 1; size = Math.floor(size / 2)) {
      for (let at = 0; at < story[part].length; ) {
        const left = [...story[part].slice(0, at), ...story[part].slice(at + size)];
        if (await accepts({ ...story, [part]: left })) removed = true;
        else at += size;
      }
    }
    return removed;
  }

  async function simplify(): Promise<void> {
    for (const [index, push] of story.pushes.entries()) {
      if (push.commits === 1) continue;
      await accepts({ ...story, pushes: story.pushes.with(index, { ...push, commits: 1 }) });
    }
    for (const [index, machine] of story.machines.entries()) {
      if (machine.slots > 1)
        await accepts({ ...story, machines: story.machines.with(index, { ...machine, slots: 1 }) });
    }
    for (const [index, builder] of story.builders.entries()) {
      if (builder.steps > 1)
        await accepts({ ...story, builders: story.builders.with(index, { ...builder, steps: 1 }) });
    }
    const last = Math.max(0, ...[...story.faults, ...story.requests, ...story.pushes].map(({ at }) => at));
    await accepts({ ...story, durationMs: Math.min(story.durationMs, last + 60_000) });
  }

  for (let again = true; again && tries < mostTries; ) {
    again = false;
    for (const part of ['faults', 'requests', 'pushes', 'machines', 'builders'] as const) {
      if (await thin(part)) again = true;
    }
  }
  await simplify();
  return { story, tries };
}
