/** The state of a log viewer: the log of an attempt, its problems, and what the reader chose. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Attempt, LogLine } from '../../../api/model.ts';
import { pathWith } from '../data/api.ts';
import { useDeps } from '../data/deps.ts';
import { useResource } from '../data/resource.ts';
import type { BuildRoute, LineRange } from '../rules/route.ts';
import { adjust } from '../shell/use-route.ts';
import { createLogLoader, type LogLoader, type LogStatus } from './log-loader.ts';

export interface LogPlace {
  readonly route: BuildRoute;
  readonly attempt: Attempt;
}

export function useLog(props: LogPlace & { readonly onEnd: () => void }): {
  loader: LogLoader;
  status: LogStatus;
} {
  const { api, clock, randomness, visibility } = useDeps();
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
      visibility,
      buildId,
      attempt: number,
      isRunning: startedRunning.current,
      onChange: () => {
        cancelAnimationFrame(frame);
        frame = requestAnimationFrame(() => redraw((old) => old + 1));
      },
      onEnd: () => onEnd.current(),
    });
  }, [api, clock, randomness, visibility, buildId, number]);
  useEffect(() => () => loader.stop(), [loader]);
  return { loader, status: loader.status() };
}

/** The chosen line stands in the address, so it is its own permanent link. */
export function useChooser(props: LogPlace, setFollowing: (isFollowing: boolean) => void) {
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

/** Lines that look like what went wrong, once an attempt is over and did not pass. */
export function useProblems(buildId: string, attempt: Attempt, status: LogStatus): readonly LogLine[] {
  const isOver = attempt.state !== 'running' && status.state !== 'loading';
  const resource = useResource<{ items: LogLine[] }>(
    isOver && attempt.state !== 'passed'
      ? pathWith(`/api/v1/builds/${buildId}/log/problems`, { attempt: attempt.number })
      : null,
  );
  return resource.data?.items ?? [];
}

/** Live lines come without times; while times are shown, those in the window are asked for now and then. */
export function useTimesOfLiveLines(loader: LogLoader, status: LogStatus, withTimes: boolean): void {
  const { clock } = useDeps();
  const lines = status.totalLines;
  useEffect(() => {
    if (!withTimes || lines === 0) return;
    const timer = clock.after(1_000, loader.fetchTimes);
    return () => timer.cancel();
  }, [clock, loader, withTimes, lines]);
}
