/** What everybody has to know on every page: a configuration that is not in force, and news that do not come in. */
import { useEffect, useState } from 'preact/hooks';
import type { Farm } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import type { StreamState } from '../data/event-stream.ts';
import { useNow } from '../data/resource.ts';
import { When } from '../parts/when.tsx';
import { formatShortDuration } from '../rules/time.ts';

export function useStreamState(): StreamState {
  const { events } = useDeps();
  const [state, setState] = useState(events.state());
  useEffect(() => events.onState(setState), [events]);
  return state;
}

export function ConnectionBanner() {
  const state = useStreamState();
  if (state.kind !== 'waiting') return null;
  return (
    <div class="banner banner-warning" role="status">
      <strong>Not live.</strong> {state.error.message}; what you see may be old.{' '}
      <RetryIn at={state.retryAt} />
    </div>
  );
}

function RetryIn(props: { readonly at: number }) {
  const now = useNow(1_000);
  const left = props.at - now;
  return (
    <span aria-hidden="true">
      {left > 500 ? `Next try in ${formatShortDuration(left)}.` : 'Trying again …'}
    </span>
  );
}

export function ConfigBanner(props: { readonly farm: Farm | null }) {
  const broken = props.farm?.config.broken ?? null;
  if (props.farm === null || broken === null) return null;
  const [first, ...more] = broken.problems;
  return (
    <div class="banner banner-error" role="alert">
      <p>
        <strong>The configuration is broken; the one of </strong>
        <When at={props.farm.config.loadedAt} />
        <strong> stays in force.</strong> {props.farm.config.file ?? ''}
      </p>
      {first !== undefined && <ConfigProblemLine problem={first} />}
      {more.length > 0 && (
        <details>
          <summary>{more.length} more</summary>
          {more.map((problem) => (
            <ConfigProblemLine key={`${problem.path} ${problem.problem}`} problem={problem} />
          ))}
        </details>
      )}
    </div>
  );
}

function ConfigProblemLine(props: { readonly problem: { path: string; problem: string; fix: string } }) {
  const { path, problem, fix } = props.problem;
  return (
    <p class="config-problem">
      <code>{path}</code> {problem}. {fix}
    </p>
  );
}
