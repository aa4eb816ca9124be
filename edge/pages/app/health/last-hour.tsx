import type { HealthHistory, HealthSample } from '../../../api/model.ts';
import { usePolling, useResource } from '../data/resource.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { formatBytes, formatCount, formatDuration } from '../rules/time.ts';
import { FigureChart } from './figure-chart.tsx';

interface Figure {
  readonly title: string;
  readonly of: (sample: HealthSample, everyMs: number) => number | null;
  readonly format: (value: number) => string;
  readonly atLeast: number;
  readonly extreme?: 'least';
}

const MiB = 1024 ** 2;
const hourMs = 3_600_000;
/** A farm that was just started is shown this wide. */
const leastMs = 600_000;

const figures: readonly Figure[] = [
  { title: 'Builds waiting', of: ({ waiting }) => waiting, format: formatCount, atLeast: 10 },
  { title: 'Builds running', of: ({ running }) => running, format: formatCount, atLeast: 4 },
  {
    title: 'Verdicts a minute',
    of: ({ ended }, everyMs) => (ended * 60_000) / everyMs,
    format: formatCount,
    atLeast: 6,
  },
  { title: 'Oldest wait', of: ({ oldestWaitMs }) => oldestWaitMs, format: formatDuration, atLeast: 60_000 },
  { title: 'Agents', of: ({ links }) => links, format: formatCount, atLeast: 4, extreme: 'least' },
  { title: 'Event loop late', of: ({ loopLagMs }) => loopLagMs, format: formatDuration, atLeast: 100 },
  { title: 'Memory', of: ({ memoryBytes }) => memoryBytes, format: formatBytes, atLeast: 128 * MiB },
  {
    title: 'Disk room',
    of: ({ diskFreeBytes }) => diskFreeBytes,
    format: formatBytes,
    atLeast: 1,
    extreme: 'least',
  },
];

/** The farm's main figures, from where its metrics come from too. */
export function LastHour(props: { readonly refreshMs: number }) {
  const history = useResource<HealthHistory>('/api/v1/health/history');
  usePolling(history.reload, props.refreshMs, true);
  const { data, error } = history;
  if (data === null) return error === null ? null : <ErrorNote error={error} retry={history.reload} />;
  const { everyMs, items } = data;
  if (items.length === 0) return null;
  const full = Math.max(2, Math.round(hourMs / everyMs));
  const places = Math.min(full, Math.max(items.length, Math.round(leastMs / everyMs)));
  return (
    <section>
      <h2>{items.length < full ? 'Since the coordinator was started' : 'The last hour'}</h2>
      <div class="figure-charts">
        {figures.map(({ title, of, format, atLeast, extreme }) => (
          <FigureChart
            key={title}
            title={title}
            values={items.map((sample) => of(sample, everyMs))}
            everyMs={everyMs}
            places={places}
            atLeast={atLeast}
            format={format}
            extreme={extreme ?? 'most'}
          />
        ))}
      </div>
    </section>
  );
}
