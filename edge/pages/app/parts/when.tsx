/** Instants and durations: short to read, exact on hover and for assistive technology. */
import { useNow } from '../data/resource.ts';
import { formatCoarse, formatDuration, formatExact, formatRelative, instantMs } from '../rules/time.ts';

export function When(props: { readonly at: string | null; readonly none?: string }) {
  const now = useNow(15_000);
  const at = instantMs(props.at);
  if (at === null || props.at === null) return <span class="quiet">{props.none ?? 'never'}</span>;
  return (
    <time dateTime={props.at} title={formatExact(at)}>
      {formatRelative(at, now)}
    </time>
  );
}

/** `for 5 min`: how long something has been so, roughly. */
export function For(props: { readonly since: string }) {
  const now = useNow(15_000);
  const at = instantMs(props.since) ?? now;
  return (
    <time dateTime={props.since} title={`Since ${formatExact(at)}`}>
      for {formatCoarse(Math.max(0, now - at))}
    </time>
  );
}

/** Time since an instant, counting. */
export function Elapsed(props: { readonly since: string | null }) {
  const now = useNow(1_000);
  const at = instantMs(props.since);
  return at === null ? null : <span class="number">{formatDuration(now - at)}</span>;
}

/** From start to end, counting while there is no end. */
export function Took(props: { readonly from: string | null; readonly to: string | null }) {
  const from = instantMs(props.from);
  const to = instantMs(props.to);
  if (from === null) return <span class="quiet">–</span>;
  if (to === null) return <Elapsed since={props.from} />;
  return <span class="number">{formatDuration(to - from)}</span>;
}
