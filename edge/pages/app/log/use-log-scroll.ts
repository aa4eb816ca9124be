/** Joins a native scroll bar with a position in the log (`log-position.ts`). */
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Clock } from '../../../../agent/kit/clock.ts';
import {
  clampPosition,
  endPosition,
  isAfter,
  type LogPosition,
  type LogShape,
  logStart,
  maxScrollPx,
  moveBy,
  positionOfScroll,
  positionShowing,
  scrollHeightPx,
  scrollOfPosition,
} from './log-position.ts';

export interface LogScroll {
  readonly position: LogPosition;
  readonly isAtEnd: boolean;
  readonly spacePx: number;
  readonly element: { current: HTMLElement | null };
  readonly moveBy: (px: number) => void;
  readonly moveWindows: (windows: number) => void;
  readonly toStart: () => void;
  readonly toEnd: () => void;
  readonly showLine: (line: number) => void;
}

/** After this pause in native scrolling the scroll bar is put where it belongs. */
const settleMs = 140;

/** Every row has the same height and the browser can hold all of them: pixels are pixels. */
function isExact(shape: LogShape, isWrapped: boolean): boolean {
  return !isWrapped && shape.totalLines * shape.rowPx <= maxScrollPx;
}

export function useLogScroll(
  shape: LogShape,
  options: {
    readonly isWrapped: boolean;
    readonly clock: Clock;
    readonly onReaderMove: (atEnd: boolean) => void;
  },
): LogScroll {
  const element = useRef<HTMLElement | null>(null);
  const [position, setPosition] = useState<LogPosition>(logStart);
  // Handlers live as long as the element; they see the newest of everything here.
  const now = useRef({ shape, options, position });
  now.current = { shape, options, position };
  /** Native offset that we set or have taken in, so that its own event is not taken for the reader's. */
  const native = useRef(0);

  const put = useCallback((next: LogPosition, byReader: boolean) => {
    const { shape: current, options: chosen } = now.current;
    now.current.position = next;
    setPosition(next);
    if (byReader) chosen.onReaderMove(!isAfter(endPosition(current), next));
  }, []);

  const move = useCallback(
    (px: number) => put(moveBy(now.current.shape, now.current.position, px), true),
    [put],
  );

  const align = useCallback(() => {
    const scroller = element.current;
    if (scroller === null) return;
    const wanted = scrollOfPosition(now.current.shape, now.current.position);
    if (Math.abs(scroller.scrollTop - wanted) >= 1) scroller.scrollTop = wanted;
    native.current = scroller.scrollTop;
  }, []);

  useNativeScroll({ element, now, native, put, move, align });
  // The content or its shape changed, or a key moved it: the scroll bar follows.
  useLayoutEffect(() => {
    if (isExact(shape, options.isWrapped)) align();
  });
  useEffect(() => {
    const timer = options.clock.after(settleMs, () => {
      // The reader has scrolled just now and the event is still to come: what they chose is not taken back.
      const top = element.current?.scrollTop ?? native.current;
      if (Math.abs(top - native.current) < 1) align();
    });
    return () => timer.cancel();
  }, [position, shape, align, options.clock]);

  const held = clampPosition(shape, position);
  return {
    position: held,
    isAtEnd: !isAfter(endPosition(shape), held),
    spacePx: scrollHeightPx(shape),
    element,
    moveBy: move,
    moveWindows: useCallback((windows) => move(windows * (now.current.shape.viewportPx - 40)), [move]),
    toStart: useCallback(() => put(logStart, true), [put]),
    toEnd: useCallback(() => put(endPosition(now.current.shape), true), [put]),
    showLine: useCallback(
      (line) => put(positionShowing(now.current.shape, now.current.position, line), false),
      [put],
    ),
  };
}

interface NativeScroll {
  readonly element: { current: HTMLElement | null };
  readonly now: {
    current: { shape: LogShape; options: { readonly isWrapped: boolean }; position: LogPosition };
  };
  readonly native: { current: number };
  readonly put: (position: LogPosition, byReader: boolean) => void;
  readonly move: (px: number) => void;
  readonly align: () => void;
}

/** The reader's own scrolling: wheel, finger, and the bar itself. */
function useNativeScroll(props: NativeScroll): void {
  const newest = useRef(props);
  newest.current = props;
  useEffect(() => {
    const scroller = newest.current.element.current;
    if (scroller === null) return;
    function onScroll(): void {
      const { now, native, put } = newest.current;
      const { shape, options, position } = now.current;
      const top = (scroller as HTMLElement).scrollTop;
      const delta = top - native.current;
      if (Math.abs(delta) < 1) return;
      native.current = top;
      if (isExact(shape, options.isWrapped) || Math.abs(delta) > 1.5 * shape.viewportPx) {
        put(positionOfScroll(shape, top), true);
      } else put(moveBy(shape, position, delta), true);
    }
    function onWheel(event: WheelEvent): void {
      const { now, move, align } = newest.current;
      const { shape, options } = now.current;
      const isMostlyDown = Math.abs(event.deltaY) > Math.abs(event.deltaX);
      if (isExact(shape, options.isWrapped) || event.ctrlKey || event.shiftKey || !isMostlyDown) return;
      event.preventDefault();
      const unit = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? shape.rowPx : 1;
      move(event.deltaY * unit);
      align();
    }
    scroller.addEventListener('scroll', onScroll, { passive: true });
    scroller.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      scroller.removeEventListener('scroll', onScroll);
      scroller.removeEventListener('wheel', onWheel);
    };
  }, []);
}
