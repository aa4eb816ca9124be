import type { LogLine } from '../../../api/model.ts';
import type { LineRange } from '../rules/route.ts';
import type { Shortcuts } from '../shell/shortcuts.ts';
import type { LogStatus } from './log-loader.ts';
import { nextProblem, previousProblem } from './log-problems.tsx';
import type { LogScroll } from './use-log-scroll.ts';
import type { LogSearchState } from './use-log-search.ts';

/** What keys do in a log. `current` is the chosen line, or the one before the window. */
export function logKeys(props: {
  readonly handle: { current: LogScroll | null };
  readonly input: { current: HTMLInputElement | null };
  readonly choose: { readonly range: (range: LineRange) => void };
  readonly search: LogSearchState;
  readonly problems: readonly LogLine[];
  readonly current: () => number;
  readonly status: LogStatus;
}): { shortcuts: Shortcuts; find: (direction: 'next' | 'previous') => void } {
  const { handle, input, choose, search, problems, current, status } = props;
  function goTo(line: number | null): void {
    if (line !== null && line >= 1 && line <= status.totalLines) choose.range({ from: line, to: line });
  }
  const find = (direction: 'next' | 'previous'): void =>
    search.find(direction, direction === 'next' ? current() + 1 : current());
  return {
    find,
    shortcuts: {
      '/': () => {
        input.current?.focus();
        input.current?.select();
      },
      n: () => find('next'),
      N: () => find('previous'),
      e: () => goTo(nextProblem(problems, current())),
      E: () => goTo(previousProblem(problems, current())),
      j: () => goTo(current() + 1),
      k: () => goTo(current() - 1),
      g: () => handle.current?.toStart(),
      G: () => handle.current?.toEnd(),
    },
  };
}
