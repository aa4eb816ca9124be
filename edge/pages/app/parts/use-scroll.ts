/** The window of a scrolling element, for virtual lists. */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

export interface ScrollWindow {
  readonly topPx: number;
  readonly leftPx: number;
  readonly heightPx: number;
  readonly widthPx: number;
}

const unknown: ScrollWindow = { topPx: 0, leftPx: 0, heightPx: 0, widthPx: 0 };

function windowOf(element: HTMLElement): ScrollWindow {
  return {
    topPx: element.scrollTop,
    leftPx: element.scrollLeft,
    heightPx: element.clientHeight,
    widthPx: element.clientWidth,
  };
}

/** Follows one element; changes are told at most once a frame. Sizes are 0 until it is in the document. */
export function useScrollWindow<E extends HTMLElement>(): {
  readonly ref: (element: E | null) => void;
  readonly element: { readonly current: E | null };
  readonly window: ScrollWindow;
} {
  const element = useRef<E | null>(null);
  const [current, setCurrent] = useState(unknown);
  const frame = useRef(0);
  const stop = useRef<(() => void) | null>(null);
  const ref = useCallback((next: E | null) => {
    stop.current?.();
    stop.current = null;
    element.current = next;
    if (next === null) return;
    const tell = (): void => {
      cancelAnimationFrame(frame.current);
      frame.current = requestAnimationFrame(() => setCurrent(windowOf(next)));
    };
    const resize = new ResizeObserver(tell);
    resize.observe(next);
    next.addEventListener('scroll', tell, { passive: true });
    setCurrent(windowOf(next));
    stop.current = () => {
      resize.disconnect();
      next.removeEventListener('scroll', tell);
      cancelAnimationFrame(frame.current);
    };
  }, []);
  useEffect(() => () => stop.current?.(), []);
  return { ref, element, window: current };
}

/** The same for the page itself, whose content begins at `element`. */
export function usePageWindow<E extends HTMLElement>(): {
  readonly ref: { current: E | null };
  readonly window: { readonly startPx: number; readonly sizePx: number };
} {
  const ref = useRef<E | null>(null);
  const [window_, setWindow] = useState({ startPx: 0, sizePx: 800 });
  useEffect(() => {
    let frame = 0;
    const measure = (): void => {
      const top = ref.current?.getBoundingClientRect().top ?? 0;
      setWindow({ startPx: Math.max(0, -top), sizePx: innerHeight });
    };
    const tell = (): void => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(measure);
    };
    addEventListener('scroll', tell, { passive: true });
    addEventListener('resize', tell);
    measure();
    return () => {
      cancelAnimationFrame(frame);
      removeEventListener('scroll', tell);
      removeEventListener('resize', tell);
    };
  }, []);
  return { ref, window: window_ };
}

/** True while the media query matches. */
export function useMedia(query: string): boolean {
  const [isMatching, setMatching] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const media = matchMedia(query);
    const tell = (): void => setMatching(media.matches);
    media.addEventListener('change', tell);
    tell();
    return () => media.removeEventListener('change', tell);
  }, [query]);
  return isMatching;
}

export const phoneQuery = '(max-width: 700px)';
