/** Says once, at the grid, what Croft worked out by itself for a repository without a recipe, and how to change it. */
import { useState } from 'preact/hooks';
import type { Build, BuildDetail } from '../../../api/model.ts';
import { pathWith } from '../data/api.ts';
import { useDeps } from '../data/deps.ts';
import { useReloadOn, useResource } from '../data/resource.ts';
import { buildHref } from '../rules/route.ts';
import { sentence } from '../rules/time.ts';

export function DetectedNote(props: { readonly repo: string }) {
  const { session } = useDeps();
  const choice = `detected-${props.repo}`;
  const [isHidden, setHidden] = useState(session.choice(choice) === 'hidden');
  if (isHidden) return null;
  function hide(): void {
    session.choose(choice, 'hidden');
    setHidden(true);
  }
  return <NewestPlan repo={props.repo} hide={hide} />;
}

function NewestPlan(props: { readonly repo: string; readonly hide: () => void }) {
  const builds = useResource<{ items: Build[] }>(pathWith('/api/v1/builds', { repo: props.repo, limit: 1 }));
  const newest = builds.data?.items[0] ?? null;
  const detail = useResource<BuildDetail>(newest === null ? null : `/api/v1/builds/${newest.id}`);
  const plan = detail.data?.plan ?? null;
  const isOpen = newest === null || plan === null;
  useReloadOn(
    newest === null ? builds.reload : detail.reload,
    (event) => isOpen && event.type === 'build' && event.build.repo === props.repo,
    2_000,
  );
  if (plan === null || newest === null || plan.origin.kind !== 'detected') return null;
  return (
    <div class="note note-hint">
      <details>
        <summary>
          <strong>Croft chose the steps itself:</strong>{' '}
          {plan.steps.map((step, index) => (
            <span key={step.name}>
              {index > 0 && ', '}
              <code>{step.script}</code>
            </span>
          ))}
        </summary>
        <p>{sentence(plan.origin.why)}</p>
        <p>{sentence(plan.origin.change)}</p>
      </details>
      <div class="note-actions">
        <a href={buildHref(newest.id)}>See a build</a>
        <button type="button" onClick={props.hide}>
          Got it
        </button>
      </div>
    </div>
  );
}
