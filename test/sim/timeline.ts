/** A run as a person reads it: when, who, what; times since the start of the story. */
import type { Story } from './farm/story.ts';
import type { TraceLine } from './farm/trace.ts';

export function timeOf(ms: number): string {
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = (ms % 60_000) / 1000;
  return `${hours}:${String(minutes).padStart(2, '0')}:${seconds.toFixed(3).padStart(6, '0')}`;
}

/** Long lines are cut; `last`: only so many lines of the end. */
export function timeline(lines: readonly TraceLine[], last = Number.POSITIVE_INFINITY): string {
  const shown = lines.slice(Math.max(0, lines.length - last));
  return shown
    .map(({ at, who, what }) => `${timeOf(at).padStart(13)}  ${who.padEnd(12)} ${what.slice(0, 240)}`)
    .join('\n');
}

/** The story itself, a line an event. */
export function storyText(story: Story): string {
  const events = [
    ...story.pushes.map((push) => ({ kind: 'push', ...push })),
    ...story.requests,
    ...story.faults,
  ];
  return [
    `seed ${story.seed}, ${timeOf(story.durationMs)}`,
    ...story.machines.map(
      ({ name, hostType, slots, at }) => `  machine ${name}: ${hostType}, ${slots} slots, from ${timeOf(at)}`,
    ),
    ...story.builders.map(
      ({ name, hostType, steps, stepMs }) =>
        `  builder ${name}: on ${hostType}, ${steps} steps of ${stepMs} ms`,
    ),
    ...events
      .toSorted((left, right) => left.at - right.at)
      .map(({ kind, at, ...rest }) => `  ${timeOf(at)} ${kind} ${JSON.stringify(rest)}`),
  ].join('\n');
}
