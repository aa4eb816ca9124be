import { formatBytes } from '../pages/app/rules/time.ts';
import type { CommandContext } from './context.ts';
import type { ToolProgress } from './data-tools.ts';

const everyMs = 500;

/** A line now and then on standard error, for a person who waits; scripts and JSON get none. */
export function createProgressLine({
  terminal,
  clock,
  json,
}: CommandContext): (progress: ToolProgress) => void {
  let doing = '';
  let shownAt = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const isNew = progress.doing !== doing;
    doing = progress.doing;
    if (json || !terminal.interactive) return;
    if (!isNew && clock.monotonic() - shownAt < everyMs) return;
    shownAt = clock.monotonic();
    terminal.note(`${doing}: ${progress.files} files, ${formatBytes(progress.bytes)}`);
  };
}
