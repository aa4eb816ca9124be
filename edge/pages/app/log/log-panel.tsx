/** The log viewer: tools, notices and the log, for one attempt. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Attempt, LogLine } from '../../../api/model.ts';
import { pathWith } from '../data/api.ts';
import { useDeps } from '../data/deps.ts';
import { useResource } from '../data/resource.ts';
import { DownloadLink } from '../parts/download.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import type { BuildRoute, LineRange } from '../rules/route.ts';
import { formatBytes, formatCount } from '../rules/time.ts';
import { type Shortcuts, useShortcuts } from '../shell/shortcuts.ts';
import { adjust } from '../shell/use-route.ts';
import { createLogLoader, type LogLoader, type LogStatus } from './log-loader.ts';
import { nextProblem, Problems, previousProblem } from './log-problems.tsx';
import { LogSearchBox, Toggle } from './log-toolbar.tsx';
import { LogView } from './log-view.tsx';
import type { LogScroll } from './use-log-scroll.ts';
import { type LogSearchState, useLogSearch } from './use-log-search.ts';

export interface LogPanelProps {
  readonly route: BuildRoute;
  readonly attempt: Attempt;
  readonly onEnd: () => void;
}

export function LogPanel(props: LogPanelProps) {
  const { route, attempt } = props;
  const { loader, status } = useLog(props);
  const [isFollowing, setFollowing] = useState(attempt.state === 'running' && route.line === null);
  const [isFilling, setFilling] = useState(false);
  const isPhone = useMedia(phoneQuery);
  const [isWrapped, setWrapped] = useChoice('log-wrap', isPhone);
  const [withTimes, setTimes] = useChoice('log-times', false);
  const handle = useRef<LogScroll | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const choose = useChooser(props, setFollowing);
  const current = (): number => route.line?.from ?? (handle.current?.position.line ?? 1) - 1;
  const search = useLogSearch(
    { buildId: route.id, attempt: attempt.number, lastLine: status.totalLines },
    () => Math.max(1, current()),
    (line) => choose.range({ from: line, to: line }),
  );
  const problems = useProblems(route.id, attempt, status);
  const keys = useLogKeys({ handle, input, choose, search, problems, current, status });
  useShortcuts({
    ...keys.shortcuts,
    f: () => setFollowing(!isFollowing),
    w: () => setWrapped(!isWrapped),
    t: () => setTimes(!withTimes),
    m: () => setFilling(!isFilling),
    Escape: () => setFilling(false),
  });
  useTimesOfLiveLines(loader, status, withTimes);
  return (
    <section class={isFilling ? 'log is-filling' : 'log'} aria-label="Log">
      <div class="log-bar">
        <LogSearchBox
          search={search}
          input={input}
          find={keys.find}
          leave={() => handle.current?.element.current?.focus()}
        />
        <div class="log-tools">
          {attempt.state === 'running' && (
            <Toggle isOn={isFollowing} set={setFollowing} label="Follow the end" shortcut="f">
              Follow
            </Toggle>
          )}
          <Toggle isOn={isWrapped} set={setWrapped} label="Wrap lines" shortcut="w">
            Wrap
          </Toggle>
          <Toggle isOn={withTimes} set={setTimes} label="Show times" shortcut="t">
            Times
          </Toggle>
          <Toggle isOn={isFilling} set={setFilling} label="Fill the window" shortcut="m">
            Fill
          </Toggle>
          <DownloadLink
            path={pathWith(`/api/v1/builds/${route.id}/log`, { attempt: attempt.number })}
            name={`${route.id}-${attempt.number}.log`}
          >
            Raw
          </DownloadLink>
        </div>
      </div>
      <Problems
        problems={problems}
        buildId={route.id}
        attempt={attempt.number}
        isOpen={attempt.state === 'failed'}
        choose={choose.range}
      />
      <Truncation status={status} />
      {status.error !== null && <ErrorNote error={status.error} retry={loader.retry} />}
      {status.totalLines === 0 ? (
        <p class="log-empty">{emptyText(status)}</p>
      ) : (
        <LogView
          loader={loader}
          status={status}
          buildId={route.id}
          attempt={attempt.number}
          chosen={route.line}
          choose={choose.line}
          isWrapped={isWrapped}
          withTimes={withTimes}
          isFilling={isFilling}
          opensAtEnd={attempt.state === 'failed'}
          isFollowing={isFollowing}
          setFollowing={setFollowing}
          pattern={search.pattern}
          handle={handle}
        />
      )}
      <LogFoot status={status} />
    </section>
  );
}

function emptyText(status: LogStatus): string {
  if (status.state === 'loading') return 'Loading the log …';
  return status.state === 'missing' ? 'There is no log of this attempt' : 'No output yet';
}

function Truncation(props: { readonly status: LogStatus }) {
  const { droppedBytes, totalBytes } = props.status;
  if (droppedBytes === 0) return null;
  return (
    <p class="note note-warning">
      <strong>{formatBytes(droppedBytes)} of output were not kept:</strong> the log reached its limit after{' '}
      {formatBytes(totalBytes)}. The farm&apos;s configuration sets the limit (policies.logBytes).
    </p>
  );
}

function LogFoot(props: { readonly status: LogStatus }) {
  const { status } = props;
  return (
    <p class="log-foot">
      {formatCount(status.totalLines)} lines, {formatBytes(status.totalBytes)}
      {status.isLive && <span class="log-live">live</span>}
    </p>
  );
}

function useLog(props: LogPanelProps): { loader: LogLoader; status: LogStatus } {
  const { api, clock, randomness } = useDeps();
  const [, redraw] = useState(0);
  const buildId = props.route.id;
  const { number } = props.attempt;
  const isRunning = props.attempt.state === 'running';
  const onEnd = useRef(props.onEnd);
  onEnd.current = props.onEnd;
  // An attempt that ends keeps its loader: the stream itself tells the end.
  const startedRunning = useRef(isRunning);
  const loader = useMemo(() => {
    let frame = 0;
    return createLogLoader({
      api,
      clock,
      randomness,
      buildId,
      attempt: number,
      isRunning: startedRunning.current,
      onChange: () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => redraw((old) => old + 1));
      },
      onEnd: () => onEnd.current(),
    });
  }, [api, clock, randomness, buildId, number]);
  useEffect(() => () => loader.stop(), [loader]);
  return { loader, status: loader.status() };
}

function useChoice(name: string, otherwise: boolean): [boolean, (isOn: boolean) => void] {
  const { session } = useDeps();
  const [isOn, setOn] = useState(() => {
    const chosen = session.choice(name);
    return chosen === null ? otherwise : chosen === 'on';
  });
  const set = useCallback(
    (next: boolean) => {
      session.choose(name, next ? 'on' : 'off');
      setOn(next);
    },
    [session, name],
  );
  return [isOn, set];
}

/** The chosen line stands in the address, so it is its own permanent link. */
function useChooser(props: LogPanelProps, setFollowing: (isFollowing: boolean) => void) {
  const newest = useRef(props);
  newest.current = props;
  const range = useCallback(
    (line: LineRange) => {
      setFollowing(false);
      adjust({ ...newest.current.route, attempt: newest.current.attempt.number, line });
    },
    [setFollowing],
  );
  const line = useCallback(
    (number: number, extend: boolean) => {
      const old = newest.current.route.line;
      if (!extend || old === null) range({ from: number, to: number });
      else range({ from: Math.min(old.from, number), to: Math.max(old.from, number) });
    },
    [range],
  );
  return { range, line };
}

function useProblems(buildId: string, attempt: Attempt, status: LogStatus): readonly LogLine[] {
  const isOver = attempt.state !== 'running' && status.state !== 'loading';
  const resource = useResource<{ items: LogLine[] }>(
    isOver && attempt.state !== 'passed'
      ? pathWith(`/api/v1/builds/${buildId}/log/problems`, { attempt: attempt.number })
      : null,
  );
  return resource.data?.items ?? [];
}

function useLogKeys(props: {
  readonly handle: { current: LogScroll | null };
  readonly input: { current: HTMLInputElement | null };
  readonly choose: { readonly range: (range: LineRange) => void };
  readonly search: LogSearchState;
  readonly problems: readonly LogLine[];
  readonly current: () => number;
  readonly status: LogStatus;
}): { shortcuts: Shortcuts; find: (direction: 'next' | 'previous') => void } {
  const { handle, input, choose, search, problems, current, status } = props;
  function goTo(line: number | null): void {
    if (line !== null && line >= 1 && line <= status.totalLines) choose.range({ from: line, to: line });
  }
  const find = (direction: 'next' | 'previous'): void =>
    search.find(direction, direction === 'next' ? current() + 1 : current());
  return {
    find,
    shortcuts: {
      '/': () => {
        input.current?.focus();
        input.current?.select();
      },
      n: () => find('next'),
      N: () => find('previous'),
      e: () => goTo(nextProblem(problems, current())),
      E: () => goTo(previousProblem(problems, current())),
      j: () => goTo(current() + 1),
      k: () => goTo(current() - 1),
      g: () => handle.current?.toStart(),
      G: () => handle.current?.toEnd(),
    },
  };
}

/** Live lines come without times; while times are shown, those in the window are asked for now and then. */
function useTimesOfLiveLines(loader: LogLoader, status: LogStatus, withTimes: boolean): void {
  const { clock } = useDeps();
  const lines = status.totalLines;
  useEffect(() => {
    if (!withTimes || lines === 0) return;
    const timer = clock.after(1_000, loader.fetchTimes);
    return () => timer.cancel();
  }, [clock, loader, withTimes, lines]);
}
