import { useMemo } from 'preact/hooks';
import type { LogLine } from '../../../api/model.ts';
import { formatClock, formatExact, instantMs } from '../rules/time.ts';
import { type MarkedRun, markRuns, matchRanges } from './match-ranges.ts';
import type { StyledLine } from './styled-line.ts';

export interface LineProps {
  readonly number: number;
  /** Undefined: not fetched yet. */
  readonly line: LogLine | undefined;
  readonly styled: StyledLine | undefined;
  readonly href: string;
  readonly isChosen: boolean;
  readonly withTime: boolean;
  readonly pattern: RegExp | null;
  readonly choose: (number: number, extend: boolean) => void;
}

/** One line. It is drawn anew only when what it shows changes. */
export function LogLineView(props: LineProps) {
  const { number, line, styled, href, isChosen, withTime, pattern, choose } = props;
  return useMemo(
    () => (
      <div class={isChosen ? 'log-line is-chosen' : 'log-line'} data-line={number}>
        <a
          class="log-number"
          href={href}
          tabIndex={-1}
          onClick={(event) => {
            if (event.ctrlKey || event.metaKey || event.button !== 0) return;
            event.preventDefault();
            choose(number, event.shiftKey);
          }}
        >
          {number}
        </a>
        {withTime && <LineTime at={line?.at ?? null} />}
        <span class="log-text">
          {line === undefined || styled === undefined ? (
            <i class="log-pending">…</i>
          ) : (
            <LineText styled={styled} isCut={line.cut} pattern={pattern} />
          )}
        </span>
      </div>
    ),
    [number, line, styled, href, isChosen, withTime, pattern, choose],
  );
}

function LineTime(props: { readonly at: string | null }) {
  const at = instantMs(props.at);
  return (
    <span class="log-time" title={at === null ? undefined : formatExact(at)}>
      {at === null ? '' : formatClock(at)}
    </span>
  );
}

function LineText(props: {
  readonly styled: StyledLine;
  readonly isCut: boolean;
  readonly pattern: RegExp | null;
}) {
  const { runs, plain } = props.styled;
  const marked = markRuns(runs, matchRanges(plain, props.pattern));
  return (
    <>
      {marked.map((run, index) => (
        <Run key={index} run={run} />
      ))}
      {props.isCut && (
        <i class="log-cut" title="The line is longer than the page shows; the raw log has all of it">
          {' '}
          … cut
        </i>
      )}
    </>
  );
}

function Run(props: { readonly run: MarkedRun }) {
  const { text, classes, colour, background, isMatch } = props.run;
  if (isMatch) return <mark class={classes}>{text}</mark>;
  if (classes === '' && colour === null && background === null) return <>{text}</>;
  const style = {
    ...(colour === null ? {} : { '--run-colour': colour }),
    ...(background === null ? {} : { '--run-background': background }),
  };
  const exact = `${colour === null ? '' : ' run-colour'}${background === null ? '' : ' run-background'}`;
  return (
    <span class={`${classes}${exact}`} style={style}>
      {text}
    </span>
  );
}
