import type { ComponentChildren } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { Attempt, BuildDetail } from '../../../api/model.ts';
import { usePolling, useReloadOn, useResource } from '../data/resource.ts';
import { LogPanel } from '../log/log-panel.tsx';
import { ErrorNote, Loading } from '../parts/notes.tsx';
import { stateWord } from '../parts/state-mark.tsx';
import type { BuildRoute } from '../rules/route.ts';
import { useAnnounce } from '../shell/announcer.tsx';
import { useTitle } from '../shell/use-title.ts';
import { AttemptTabs } from './attempt-tabs.tsx';
import { BuildAside } from './build-aside.tsx';
import { BuildHead } from './build-head.tsx';
import { BuildVerdict } from './build-verdict.tsx';
import { Waterfall } from './waterfall.tsx';
import { WhyWaiting } from './why-waiting.tsx';

/** Spans and reasons change without an event of their own. */
const refreshMs = 3_000;

export function BuildPage(props: { readonly route: BuildRoute }) {
  const { route } = props;
  const build = useResource<BuildDetail>(`/api/v1/builds/${encodeURIComponent(route.id)}`);
  const { data, error, reload } = build;
  useReloadOn(reload, (event) => event.type === 'build' && event.build.id === route.id, 300);
  usePolling(reload, refreshMs, data?.state === 'running' || data?.state === 'waiting');
  useStateNews(data);
  useTitle(data === null ? 'Build' : `${stateWord(data.state)}: ${data.builder}`);
  if (data === null) {
    return error === null ? <Loading what="the build" /> : <ErrorNote error={error} retry={reload} />;
  }
  return (
    <>
      {error !== null && <ErrorNote error={error} retry={reload} />}
      <BuildHead build={data} reload={reload} />
      <div class="build-columns">
        <div class="build-main">
          <BuildVerdict build={data} />
          {data.why !== null && <WhyWaiting why={data.why} since={data.createdAt} />}
          <AttemptView build={data} route={route} reload={reload} />
        </div>
        <BuildAside build={data} />
      </div>
    </>
  );
}

function AttemptView(props: {
  readonly build: BuildDetail;
  readonly route: BuildRoute;
  readonly reload: () => void;
}) {
  const { build, route, reload } = props;
  const attempt = shownAttempt(build.attemptList, route.attempt);
  const onEnd = useCallback(() => reload(), [reload]);
  if (attempt === null) return null;
  return (
    <>
      <AttemptTabs build={build} shown={attempt} />
      <AttemptPanel build={build} attempt={attempt}>
        {attempt.error !== null && (
          <p class="note note-warning">
            <strong>This attempt tells nothing about the change:</strong> {attempt.error.message}
          </p>
        )}
        <Waterfall attempt={attempt} buildId={build.id} />
        <LogPanel key={attempt.id} route={route} attempt={attempt} onEnd={onEnd} />
      </AttemptPanel>
    </>
  );
}

function AttemptPanel(props: {
  readonly build: BuildDetail;
  readonly attempt: Attempt;
  readonly children: ComponentChildren;
}) {
  if (props.build.attemptList.length === 1) return <div>{props.children}</div>;
  return (
    <div id="attempt" role="tabpanel" aria-labelledby={`attempt-${props.attempt.number}`}>
      {props.children}
    </div>
  );
}

/** The one that the address names, else the newest. */
function shownAttempt(attempts: readonly Attempt[], number: number | null): Attempt | null {
  return attempts.find((attempt) => attempt.number === number) ?? attempts.at(-1) ?? null;
}

/** Says a change of state aloud, not the state that the page opened with. */
function useStateNews(build: BuildDetail | null): void {
  const announce = useAnnounce();
  const before = useRef<string | null>(null);
  const state = build?.state ?? null;
  const builder = build?.builder ?? '';
  useEffect(() => {
    if (state !== null && before.current !== null && before.current !== state) {
      announce(`${builder}: ${stateWord(state)}`);
    }
    before.current = state;
  }, [state, builder, announce]);
}
