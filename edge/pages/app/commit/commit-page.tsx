import { useMemo, useState } from 'preact/hooks';
import type { Build, Builder, CommitDetail } from '../../../api/model.ts';
import { withNews } from '../builds/build-list.ts';
import { useDeps } from '../data/deps.ts';
import { useFarmEvents, useReloadOn, useResource } from '../data/resource.ts';
import { ActionButton } from '../parts/action.tsx';
import { BuildRow } from '../parts/build-row.tsx';
import { CopyButton } from '../parts/copy.tsx';
import { shortHash } from '../parts/names.tsx';
import { Empty, ErrorNote, Loading } from '../parts/notes.tsx';
import { StateMark, stateWord } from '../parts/state-mark.tsx';
import { When } from '../parts/when.tsx';
import { buildStateNames } from '../rules/build-states.ts';
import { buildHref, commitHref, formatRoute, gridRoute } from '../rules/route.ts';
import { useFarm } from '../shell/farm-context.ts';
import { useTitle } from '../shell/use-title.ts';

export function CommitPage(props: { readonly repo: string; readonly hash: string }) {
  const { repo, hash } = props;
  const path = `/api/v1/commits/${encodeURIComponent(repo)}/${encodeURIComponent(hash)}`;
  const commit = useResource<CommitDetail>(path);
  const { data, error } = commit;
  useTitle(data === null ? `Commit ${shortHash(hash)}` : data.subject);
  useReloadOn(commit.reload, () => false);
  useFarmEvents((events) => {
    const news = events.filter((event) => event.type === 'build').map((event) => event.build);
    if (news.length === 0 || data === null) return;
    const mine = { repo, builder: null, commit: data.hash, state: null };
    commit.patch((old) => ({ ...old, builds: [...withNews(old.builds, news, mine)] }));
  });
  if (data === null) {
    return error === null ? <Loading what="the commit" /> : <ErrorNote error={error} retry={commit.reload} />;
  }
  return (
    <>
      <CommitHead commit={data} />
      <CommitBuilds commit={data} />
    </>
  );
}

function CommitHead(props: { readonly commit: CommitDetail }) {
  const { commit } = props;
  return (
    <header class="commit-head">
      <h1>{commit.subject === '' ? '(no subject)' : commit.subject}</h1>
      <p class="commit-meta">
        <span title={commit.author.email}>{commit.author.name}</span>
        <span>
          committed <When at={commit.committedAt} />
        </span>
        <a href={formatRoute({ ...gridRoute, repo: commit.repo })}>{commit.repo}</a>
        {commit.branches.slice(0, 4).map((branch) => (
          <a key={branch} class="tag" href={formatRoute({ ...gridRoute, repo: commit.repo, branch })}>
            {branch}
          </a>
        ))}
      </p>
      <p class="commit-meta">
        <code class="commit-hash">{commit.hash}</code>
        <CopyButton text={commit.hash} what="the whole hash" />
        {commit.parents.map((parent) => (
          <span key={parent}>
            parent{' '}
            <a class="hash" href={commitHref(commit.repo, parent)}>
              {shortHash(parent)}
            </a>
          </span>
        ))}
      </p>
    </header>
  );
}

/** What went wrong stands first; each builder's newest build counts, older ones come after it. */
const order = ['failed', 'error', 'running', 'waiting', 'cancelled', 'passed'] as const;

function sorted(builds: readonly Build[]): readonly Build[] {
  return builds.toSorted(
    (a, b) =>
      order.indexOf(a.state) - order.indexOf(b.state) ||
      a.builder.localeCompare(b.builder) ||
      (a.id < b.id ? 1 : -1),
  );
}

function CommitBuilds(props: { readonly commit: CommitDetail }) {
  const { builds } = props.commit;
  const rows = useMemo(() => sorted(builds), [builds]);
  const counts = buildStateNames
    .map((state) => ({ state, count: builds.filter((build) => build.state === state).length }))
    .filter(({ count }) => count > 0);
  return (
    <section aria-labelledby="builds-title">
      <div class="section-head">
        <h2 id="builds-title">Builds</h2>
        <p class="state-counts">
          {counts.map(({ state, count }) => (
            <span key={state} class={`state state-${state}`}>
              <StateMark state={state} />
              {count} {stateWord(state)}
            </span>
          ))}
        </p>
        <AskForBuild commit={props.commit} />
      </div>
      {rows.length === 0 ? (
        <Empty title="No builds of this commit">
          <p>
            No builder took it: it came before the farm knew the repository, or no builder&apos;s rules match.
          </p>
        </Empty>
      ) : (
        <ul class="rows" aria-label="Builds of this commit">
          {rows.map((build) => (
            <BuildRow key={build.id} build={build} place="none" />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Asks for a build that nobody asked for, or once more. */
function AskForBuild(props: { readonly commit: CommitDetail }) {
  const { commit } = props;
  const { can } = useFarm();
  const { api } = useDeps();
  const builders = useResource<{ items: Builder[] }>(can('build') ? '/api/v1/builders' : null);
  const names = (builders.data?.items ?? [])
    .filter((builder) => builder.repositories.includes(commit.repo))
    .map((builder) => builder.name);
  const [chosen, choose] = useState<string | null>(null);
  const builder = chosen ?? names[0];
  if (builder === undefined) return null;
  return (
    <div class="ask">
      <label class="field">
        <span class="unseen">Builder</span>
        <select value={builder} onChange={(event) => choose(event.currentTarget.value)}>
          {names.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <ActionButton
        perform={async () => {
          const request = { repo: commit.repo, commit: commit.hash, builder };
          location.assign(buildHref((await api.post<Build>('/api/v1/builds', request)).id));
        }}
      >
        Build it
      </ActionButton>
    </div>
  );
}
