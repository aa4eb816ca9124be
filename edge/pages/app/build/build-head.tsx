import type { Build, BuildDetail } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import { ActionButton, ConfirmButton } from '../parts/action.tsx';
import { CommitLink, Name } from '../parts/names.tsx';
import { StateLabel } from '../parts/state-mark.tsx';
import { Took, When } from '../parts/when.tsx';
import { buildHref, commitHref, formatRoute, gridRoute } from '../rules/route.ts';
import { useFarm } from '../shell/farm-context.ts';

export function BuildHead(props: { readonly build: BuildDetail; readonly reload: () => void }) {
  const { build } = props;
  return (
    <header class="build-head">
      <div class="build-title">
        <h1>
          <StateLabel state={build.state} />
          <span class="build-builder">{build.builder}</span>
        </h1>
        <BuildActions {...props} />
      </div>
      <p class="build-commit">
        <a href={formatRoute({ ...gridRoute, repo: build.repo })}>{build.repo}</a>
        <CommitLink repo={build.repo} hash={build.commit} />
        <Name
          text={build.commitDetail?.subject ?? ''}
          href={commitHref(build.repo, build.commit)}
          class="build-subject"
        />
      </p>
      <p class="build-times">
        <span>
          {build.startedAt === null ? 'Asked for' : 'Started'}{' '}
          <When at={build.startedAt ?? build.createdAt} />
        </span>
        {build.startedAt !== null && (
          <span>
            {build.endedAt === null ? 'Running for ' : 'Took '}
            <Took from={build.startedAt} to={build.endedAt} />
          </span>
        )}
        {build.commitDetail !== null && <span>by {build.commitDetail.author.name}</span>}
        <Neighbours build={build} />
      </p>
    </header>
  );
}

/** The same builder on the commit before and after. */
function Neighbours(props: { readonly build: BuildDetail }) {
  const { previous, following } = props.build;
  return (
    <nav class="neighbours" aria-label="Same builder, other commits">
      {previous !== null && <Neighbour build={previous} text="← Previous" />}
      {following !== null && <Neighbour build={following} text="Next →" />}
    </nav>
  );
}

function Neighbour(props: { readonly build: Build; readonly text: string }) {
  return (
    <a href={buildHref(props.build.id)} title={`${props.build.state}: ${props.build.commit.slice(0, 8)}`}>
      <span class={`mark mark-${props.build.state}`} aria-hidden="true" />
      {props.text}
      <span class="unseen">, {props.build.state}</span>
    </a>
  );
}

function BuildActions(props: { readonly build: BuildDetail; readonly reload: () => void }) {
  const { build, reload } = props;
  const { can, farm } = useFarm();
  const { api } = useDeps();
  const isOver = build.state !== 'waiting' && build.state !== 'running';
  if (!can('build')) {
    return farm === null ? null : (
      <a class="quiet sign-in" href="#settings">
        Give a token to {isOver ? 'retry' : 'cancel'}
      </a>
    );
  }
  async function retry(): Promise<void> {
    const fresh = await api.post<Build>(`/api/v1/builds/${encodeURIComponent(build.id)}/retry`);
    location.assign(buildHref(fresh.id));
  }
  async function cancel(): Promise<void> {
    await api.post<Build>(`/api/v1/builds/${encodeURIComponent(build.id)}/cancel`);
    reload();
  }
  if (isOver) return <ActionButton perform={retry}>Retry</ActionButton>;
  if (build.cancelRequestedBy !== null) return <span class="quiet">Being cancelled</span>;
  return (
    <ConfirmButton
      label="Cancel"
      title="Cancel this build?"
      confirm="Cancel the build"
      kind="danger"
      perform={cancel}
    >
      <p>
        <strong>{build.builder}</strong> of {build.repo} at {build.commit.slice(0, 8)}{' '}
        {build.state === 'running' ? 'stops at once; its log so far is kept.' : 'leaves the queue.'} A retry
        makes a new build.
      </p>
    </ConfirmButton>
  );
}
