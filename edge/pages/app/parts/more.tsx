import { useEffect, useRef } from 'preact/hooks';

/** Asks for more when it comes near the screen; a button for everybody else. */
export function More(props: {
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly load: () => void;
}) {
  const element = useRef<HTMLDivElement>(null);
  const load = useRef(props.load);
  load.current = props.load;
  const { hasMore, isLoading } = props;
  useEffect(() => {
    if (!hasMore || isLoading || element.current === null) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) load.current();
      },
      { rootMargin: '600px' },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [hasMore, isLoading]);
  if (!hasMore) return null;
  return (
    <div ref={element} class="more">
      <button type="button" disabled={isLoading} onClick={props.load}>
        {isLoading ? 'Loading …' : 'Show more'}
      </button>
    </div>
  );
}
