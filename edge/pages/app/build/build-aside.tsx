/** Facts beside the log: where it ran, what it does and why, what it left, and how to do it by hand. */
import type { ComponentChildren } from 'preact';
import type { BuildDetail } from '../../../api/model.ts';
import { CommandLines } from '../parts/copy.tsx';
import { DownloadLink } from '../parts/download.tsx';
import { Name } from '../parts/names.tsx';
import { When } from '../parts/when.tsx';
import { buildHref, buildsRoute, formatRoute, machineHref } from '../rules/route.ts';
import { formatBytes, formatDuration, sentence } from '../rules/time.ts';

export function BuildAside(props: { readonly build: BuildDetail }) {
  const { build } = props;
  return (
    <aside class="build-aside" aria-label="About this build">
      <Facts build={build} />
      <PlanOfBuild build={build} />
      <Artifacts build={build} />
      {build.reproduce.length > 0 && (
        <section>
          <h2>By hand</h2>
          <CommandLines lines={build.reproduce} label="Lines that reproduce this build" />
        </section>
      )}
    </aside>
  );
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

const triggerWords = { commit: 'a new commit', request: 'a request', retry: 'a retry' } as const;

function Facts(props: { readonly build: BuildDetail }) {
  const { build } = props;
  const newest = build.attemptList.at(-1);
  return (
    <section>
      <h2 class="unseen">Facts</h2>
      <dl class="facts">
        {newest !== undefined && (
          <Fact name="Machine">
            <Name text={newest.machine.name} href={machineHref(newest.machine.id)} />{' '}
            <span class="quiet">slot {newest.slot}</span>
          </Fact>
        )}
        <Fact name="Host type">{build.hostType}</Fact>
        <Fact name="Branch">{build.branch ?? <span class="quiet">none</span>}</Fact>
        <Fact name="Because of">
          {triggerWords[build.trigger]}
          {build.requestedBy !== null && ` by ${build.requestedBy}`}
          {build.retryOf !== null && (
            <>
              {' of '}
              <a href={buildHref(build.retryOf)}>an earlier build</a>
            </>
          )}
        </Fact>
        <Fact name="Class">{build.class}</Fact>
        <Fact name="Attempts">
          {build.attempts} of at most {build.maxAttempts}
        </Fact>
        <Fact name="Asked for">
          <When at={build.createdAt} />
        </Fact>
        <Fact name="More">
          <a href={formatRoute({ ...buildsRoute, repo: build.repo, builder: build.builder })}>
            Builds of this builder
          </a>
        </Fact>
      </dl>
    </section>
  );
}

const originWords = {
  builder: 'The farm’s configuration names the steps',
  repository: 'The repository names the steps',
  detected: 'Croft chose the steps itself',
} as const;

function PlanOfBuild(props: { readonly build: BuildDetail }) {
  const { plan } = props.build;
  if (plan === null) return null;
  const { origin } = plan;
  const env = Object.entries(plan.env);
  return (
    <section class="plan">
      <h2>What it does</h2>
      <p>
        <strong>{originWords[origin.kind]}</strong> (<code>{origin.file}</code>). {sentence(origin.why)}
      </p>
      <ol class="plan-steps">
        {plan.steps.map((step) => (
          <li key={step.name}>
            <code>{step.script}</code>
          </li>
        ))}
      </ol>
      <p class="quiet">
        Ends after {formatDuration(plan.timeoutMs)}, or {formatDuration(plan.silenceMs)} without output.
      </p>
      {env.length > 0 && (
        <details>
          <summary>Environment ({env.length})</summary>
          <pre>{env.map(([name, value]) => `${name}=${value}`).join('\n')}</pre>
        </details>
      )}
      <p>{sentence(origin.change)}</p>
    </section>
  );
}

function Artifacts(props: { readonly build: BuildDetail }) {
  const { artifacts } = props.build;
  if (artifacts.length === 0) return null;
  return (
    <section>
      <h2>Artifacts</h2>
      <ul class="artifacts">
        {artifacts.map((artifact) => (
          <li key={artifact.id}>
            {artifact.removed === null ? (
              <DownloadLink path={artifact.url} name={artifact.path.split('/').at(-1) ?? artifact.path}>
                <span class="name" title={`${artifact.path}, ${artifact.digest}`}>
                  {artifact.path}
                </span>
              </DownloadLink>
            ) : (
              <span class="quiet" title={artifact.removed.policy}>
                {artifact.path}: removed by retention on {artifact.removed.at.slice(0, 10)}
              </span>
            )}
            <span class="quiet number">{formatBytes(artifact.bytes)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
