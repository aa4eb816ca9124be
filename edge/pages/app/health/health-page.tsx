import type { Health } from '../../../api/model.ts';
import { usePolling, useReloadOn, useResource } from '../data/resource.ts';
import { ErrorNote, Loading } from '../parts/notes.tsx';
import { For, When } from '../parts/when.tsx';
import { formatCount } from '../rules/time.ts';
import { useFarm } from '../shell/farm-context.ts';
import { useTitle } from '../shell/use-title.ts';
import { LastHour } from './last-hour.tsx';

type Check = Health['checks'][number];

const words: Readonly<Record<Check['level'], string>> = {
  ok: 'well',
  info: 'note',
  warning: 'warning',
  error: 'broken',
};
const worstFirst: readonly Check['level'][] = ['error', 'warning', 'info', 'ok'];
const verdictClass: Readonly<Record<Health['status'], string>> = {
  ok: 'verdict-well',
  degraded: 'verdict-degraded',
  failing: 'verdict-broken',
};
const refreshMs = 10_000;

export function HealthPage() {
  const health = useResource<Health>('/healthz');
  useTitle('Farm health');
  usePolling(health.reload, refreshMs, true);
  useReloadOn(health.reload, (event) => event.type === 'machine' || event.type === 'farm', 2_000);
  if (health.data === null) {
    return health.error === null ? (
      <Loading what="health" />
    ) : (
      <ErrorNote error={health.error} retry={health.reload} />
    );
  }
  const checks = health.data.checks.toSorted(
    (a, b) => worstFirst.indexOf(a.level) - worstFirst.indexOf(b.level),
  );
  return (
    <>
      <header class="section-head">
        <h1>Farm health</h1>
        <p class={verdictClass[health.data.status]} role="status">
          {health.data.status === 'failing' && "The farm can't do its work: "}
          {summary(checks)}
        </p>
      </header>
      {health.error !== null && <ErrorNote error={health.error} retry={health.reload} />}
      <ul class="checks">
        {checks.map((check) => (
          <li key={check.name} class={`check check-${check.level}`}>
            <span class={`mark mark-check-${check.level}`} aria-hidden="true" />
            <span class="check-name">{check.name}</span>
            <span class="check-level">{words[check.level]}</span>
            <span class="check-text">{check.message}</span>
            <span class="check-since">
              <For since={check.since} />
            </span>
          </li>
        ))}
      </ul>
      <LastHour refreshMs={refreshMs} />
      <FarmFacts />
    </>
  );
}

function summary(checks: readonly Check[]): string {
  const broken = checks.filter((check) => check.level === 'error').length;
  const warned = checks.filter((check) => check.level === 'warning').length;
  if (broken > 0) return broken === 1 ? 'One check is broken' : `${broken} checks are broken`;
  if (warned > 0) return warned === 1 ? 'Working, with one warning' : `Working, with ${warned} warnings`;
  return 'All is well';
}

function FarmFacts() {
  const { farm } = useFarm();
  if (farm === null) return null;
  const { counts } = farm;
  return (
    <section>
      <h2>The farm</h2>
      <dl class="facts facts-wide">
        <div>
          <dt>Version</dt>
          <dd>
            {farm.version}, {farm.environment}
          </dd>
        </div>
        <div>
          <dt>Up</dt>
          <dd>
            since <When at={farm.startedAt} />
          </dd>
        </div>
        <div>
          <dt>Configuration</dt>
          <dd>
            {farm.config.file ?? 'built in'}, loaded <When at={farm.config.loadedAt} />
          </dd>
        </div>
        <div>
          <dt>Machines</dt>
          <dd>
            {formatCount(counts.machinesConnected)} of {formatCount(counts.machines)} connected
          </dd>
        </div>
        <div>
          <dt>Slots</dt>
          <dd>
            {formatCount(counts.busySlots)} of {formatCount(counts.slots)} busy
          </dd>
        </div>
        <div>
          <dt>Builds</dt>
          <dd>
            {formatCount(counts.running)} running, {formatCount(counts.waiting)} waiting
          </dd>
        </div>
      </dl>
    </section>
  );
}
