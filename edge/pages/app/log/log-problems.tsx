/** Lines that look like what went wrong, as the server finds them in the whole log. */
import type { LogLine } from '../../../api/model.ts';
import { formatRoute, type LineRange } from '../rules/route.ts';
import { plural } from '../rules/time.ts';
import { styledLine } from './styled-line.ts';

const listed = 5;

/** Problems come best first, not in the order of the log. */
export function nextProblem(problems: readonly LogLine[], line: number): number | null {
  const below = problems.map((problem) => problem.number).filter((number) => number > line);
  return below.length === 0 ? null : Math.min(...below);
}

export function previousProblem(problems: readonly LogLine[], line: number): number | null {
  const above = problems.map((problem) => problem.number).filter((number) => number < line);
  return above.length === 0 ? null : Math.max(...above);
}

function byLine(a: LogLine, b: LogLine): number {
  return a.number - b.number;
}

export function Problems(props: {
  readonly problems: readonly LogLine[];
  readonly buildId: string;
  readonly attempt: number;
  readonly isOpen: boolean;
  readonly choose: (range: LineRange) => void;
}) {
  const { problems, buildId, attempt } = props;
  if (problems.length === 0) return null;
  return (
    <details class="problems" open={props.isOpen}>
      <summary>
        {plural(problems.length, 'line looks', 'lines look')} like what went wrong
        <kbd title="Next problem">e</kbd>
      </summary>
      <ol>
        {problems
          .slice(0, listed)
          .toSorted(byLine)
          .map((problem) => {
            const range = { from: problem.number, to: problem.number };
            return (
              <li key={problem.number}>
                <a
                  href={formatRoute({ page: 'build', id: buildId, attempt, line: range })}
                  onClick={(event) => {
                    event.preventDefault();
                    props.choose(range);
                  }}
                >
                  <span class="problem-number">{problem.number}</span>
                  <span class="problem-text">{styledLine(problem).plain.trim()}</span>
                </a>
              </li>
            );
          })}
      </ol>
    </details>
  );
}
