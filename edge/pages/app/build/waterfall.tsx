import type { Attempt, Span } from '../../../api/model.ts';
import { useNow } from '../data/resource.ts';
import { type MarkState, StateMark } from '../parts/state-mark.tsx';
import { formatRoute } from '../rules/route.ts';
import { formatDuration, formatExact, instantMs } from '../rules/time.ts';
import { adjust } from '../shell/use-route.ts';
import { type Bar, barsOf } from './waterfall-scale.ts';

const markOf: Readonly<Record<Span['state'], MarkState>> = {
  running: 'running',
  passed: 'passed',
  failed: 'failed',
  'broken-off': 'cancelled',
};

const words: Readonly<Record<Span['state'], string>> = {
  running: 'running',
  passed: 'passed',
  failed: 'failed',
  'broken-off': 'broken off',
};

/** The steps of an attempt on one time line; a step leads to its output. */
export function Waterfall(props: { readonly attempt: Attempt; readonly buildId: string }) {
  const { attempt } = props;
  const now = useNow(attempt.endedAt === null ? 1_000 : 3_600_000);
  const start = instantMs(attempt.startedAt) ?? now;
  const end = instantMs(attempt.endedAt) ?? Math.max(now, start + 1);
  const bars = barsOf(attempt.spans, start, end);
  if (attempt.spans.length === 0) return null;
  return (
    <section class="waterfall" aria-label="Steps">
      <ol>
        {attempt.spans.map((span, index) => (
          <Step
            key={span.step}
            span={span}
            bar={bars[index]}
            buildId={props.buildId}
            attempt={attempt.number}
          />
        ))}
      </ol>
      <p class="waterfall-scale" aria-hidden="true">
        <span>0 s</span>
        <span>{formatDuration(end - start)}</span>
      </p>
    </section>
  );
}

function Step(props: {
  readonly span: Span;
  readonly bar: Bar | undefined;
  readonly buildId: string;
  readonly attempt: number;
}) {
  const { span, bar } = props;
  const started = instantMs(span.startedAt);
  return (
    <li class={`step step-${span.state}`}>
      <span class="step-name">
        <StateMark state={markOf[span.state]} />
        <StepTitle {...props} />
        <span class="unseen">, {words[span.state]}</span>
      </span>
      <span class="step-took number">{bar === undefined ? '' : formatDuration(bar.ms)}</span>
      <span class="step-track" title={started === null ? undefined : `Started ${formatExact(started)}`}>
        {bar !== undefined && (
          <span class="step-bar" style={{ left: `${bar.leftPercent}%`, width: `${bar.widthPercent}%` }} />
        )}
      </span>
      {span.detail !== null && <span class="step-detail">{span.detail}</span>}
    </li>
  );
}

function StepTitle(props: { readonly span: Span; readonly buildId: string; readonly attempt: number }) {
  const { span, buildId, attempt } = props;
  if (span.logLine === null || span.logLine < 1)
    return (
      <span class="name" title={span.title}>
        {span.title}
      </span>
    );
  const route = {
    page: 'build',
    id: buildId,
    attempt,
    line: { from: span.logLine, to: span.logLine },
  } as const;
  return (
    <a
      class="name"
      href={formatRoute(route)}
      title={`${span.title}: to its output`}
      onClick={(event) => {
        event.preventDefault();
        adjust(route);
      }}
    >
      {span.title}
    </a>
  );
}
