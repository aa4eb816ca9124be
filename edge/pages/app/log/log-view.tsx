/** The log itself: a window onto lines that are mostly not there. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';
import { useMedia } from '../parts/use-scroll.ts';
import { formatRoute, type LineRange } from '../rules/route.ts';
import { LogLineView } from './log-line.tsx';
import type { LogLoader, LogStatus } from './log-loader.ts';
import { type LogShape, linesInWindow } from './log-position.ts';
import { styledLineAt } from './styled-line.ts';
import type { LogLooks } from './use-log-looks.ts';
import { type LogScroll, useLogScroll } from './use-log-scroll.ts';

export interface LogViewProps {
  readonly loader: LogLoader;
  readonly status: LogStatus;
  readonly buildId: string;
  readonly attempt: number;
  readonly chosen: LineRange | null;
  readonly choose: (number: number, extend: boolean) => void;
  readonly looks: LogLooks;
  /** Without a chosen line: what went wrong stands at the end. */
  readonly opensAtEnd: boolean;
  readonly pattern: RegExp | null;
  /** Handed up, so that keys and buttons can move the view. */
  readonly handle: { current: LogScroll | null };
}

const rowPx = 20;
const leastRows = 5;
/** Share of the window's height that a long log takes. */
const tallest = 0.72;

export function LogView(props: LogViewProps) {
  const { loader, status } = props;
  const { isWrapped, isFollowing, setFollowing } = props.looks;
  const { clock } = useDeps();
  const box = useBox();
  const shape = useShape(props, box);
  const scroll = useLogScroll(shape, {
    isWrapped,
    clock,
    onReaderMove: (isAtEnd) => {
      if (isAtEnd !== isFollowing && (status.isLive || !isAtEnd)) setFollowing(isAtEnd);
    },
  });
  props.handle.current = scroll;
  const place = useCallback(
    (element: HTMLElement | null) => {
      scroll.element.current = element;
      box.ref(element);
    },
    [scroll.element, box.ref],
  );
  const { first, end } = linesInWindow(shape, scroll.position);
  useEffect(() => loader.show(first, end), [loader, first, end, status.totalLines]);
  useChosenLine(props, scroll, shape);
  useEffect(() => {
    if (isFollowing && !scroll.isAtEnd) scroll.toEnd();
  });
  const numberWidth = String(Math.max(99, status.totalLines)).length;
  return (
    <section
      ref={place}
      class={isWrapped ? 'log-scroll is-wrapped' : 'log-scroll'}
      aria-label={`Log of attempt ${props.attempt}, ${status.totalLines} lines`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reachable by keyboard
      tabIndex={0}
      style={{ height: heightOf(props), '--number-width': `${numberWidth}ch` }}
    >
      <div class="log-space" style={{ height: `${scroll.spacePx}px` }}>
        <div class="log-window" style={{ height: `${shape.viewportPx}px` }}>
          <div class="log-lines" style={{ transform: `translateY(${-scroll.position.px}px)` }}>
            <Lines {...props} first={first} end={end} />
          </div>
        </div>
      </div>
    </section>
  );
}

function Lines(props: LogViewProps & { readonly first: number; readonly end: number }) {
  const { first, end, chosen } = props;
  const numbers = Array.from({ length: Math.max(0, end - first) }, (_, index) => first + index);
  return (
    <>
      {numbers.map((number) => (
        <LogLineView
          key={number}
          number={number}
          line={props.loader.line(number)}
          styled={styledLineAt(props.loader, number)}
          href={formatRoute({
            page: 'build',
            id: props.buildId,
            attempt: props.attempt,
            line: { from: number, to: number },
          })}
          isChosen={chosen !== null && number >= chosen.from && number <= chosen.to}
          withTime={props.looks.withTimes}
          pattern={props.pattern}
          choose={props.choose}
        />
      ))}
    </>
  );
}

function heightOf(props: LogViewProps): string {
  if (props.looks.isFilling) return '100%';
  const rows = Math.max(leastRows, props.status.totalLines) + 1;
  return props.looks.isWrapped ? `${tallest * 100}vh` : `min(${rows * rowPx}px, ${tallest * 100}vh)`;
}

/** The size of the viewer, and of one character in it. */
function useBox() {
  const [size, setSize] = useState({ heightPx: 400, widthPx: 800, charPx: 7.2 });
  const stop = useRef<(() => void) | null>(null);
  const ref = useRef((element: HTMLElement | null): void => {
    if (element === null) {
      stop.current?.();
      stop.current = null;
      return;
    }
    if (stop.current !== null) return;
    const measure = (): void => {
      const canvas = document.createElement('canvas').getContext('2d');
      if (canvas !== null) canvas.font = getComputedStyle(element).font;
      const charPx = (canvas?.measureText('0'.repeat(100)).width ?? 720) / 100;
      setSize({ heightPx: element.clientHeight, widthPx: element.clientWidth, charPx });
    };
    const resize = new ResizeObserver(measure);
    resize.observe(element);
    stop.current = () => resize.disconnect();
  });
  return { ref: ref.current, ...size };
}

/** Padding of a line, and of its number and time, in CSS (`log.css`). */
const numberPaddingPx = 28;
const timeChars = 14;

function useShape(
  props: LogViewProps,
  box: { readonly heightPx: number; readonly widthPx: number; readonly charPx: number },
): LogShape {
  const { loader, status } = props;
  const { isWrapped, withTimes } = props.looks;
  const { totalLines } = status;
  const { heightPx, widthPx, charPx } = box;
  const isNarrow = useMedia('(max-width: 700px)');
  return useMemo(() => {
    const numberChars = isNarrow ? 0 : String(Math.max(99, totalLines)).length;
    const gutterPx = (numberChars + (withTimes ? timeChars : 0)) * charPx + numberPaddingPx;
    const columns = Math.max(10, Math.floor((widthPx - gutterPx) / charPx));
    const rowsOf = (number: number): number => {
      const length = styledLineAt(loader, number)?.plain.length ?? 0;
      return Math.max(1, Math.ceil(length / columns));
    };
    return {
      totalLines,
      viewportPx: heightPx,
      rowPx,
      heightOf: isWrapped ? (number: number) => rowsOf(number) * rowPx : () => rowPx,
    };
  }, [loader, totalLines, isWrapped, withTimes, heightPx, widthPx, charPx, isNarrow]);
}

/** Goes to the line of the address when it changes, and to where the log opens once it is there. */
function useChosenLine(props: LogViewProps, scroll: LogScroll, shape: LogShape): void {
  const shown = useRef<string | null>(null);
  const from = props.chosen?.from ?? null;
  const isReady = shape.totalLines > 0;
  const { opensAtEnd } = props;
  useLayoutEffect(() => {
    const wanted = `${props.attempt}:${from}`;
    if (!isReady || shown.current === wanted) return;
    const isOpening = shown.current === null;
    shown.current = wanted;
    if (from !== null) scroll.showLine(from);
    else if (isOpening && opensAtEnd) scroll.toEnd();
  }, [props.attempt, from, isReady, opensAtEnd, scroll.showLine, scroll.toEnd]);
}
