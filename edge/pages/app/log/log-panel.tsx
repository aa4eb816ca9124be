/** The log viewer: tools, notices and the log, for one attempt. */
import { useRef } from 'preact/hooks';
import { ErrorNote } from '../parts/notes.tsx';
import { formatBytes, formatCount } from '../rules/time.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import type { LogStatus } from './log-loader.ts';
import { Problems } from './log-problems.tsx';
import { LogSearchBox } from './log-search-box.tsx';
import { LogTools } from './log-tools.tsx';
import { LogView } from './log-view.tsx';
import { type LogPlace, useChooser, useLog, useProblems, useTimesOfLiveLines } from './use-log.ts';
import { logKeys } from './use-log-keys.ts';
import { useLogLooks } from './use-log-looks.ts';
import type { LogScroll } from './use-log-scroll.ts';
import { useLogSearch } from './use-log-search.ts';

export function LogPanel(props: LogPlace & { readonly onEnd: () => void }) {
  return props.attempt.log.removed === null ? <KeptLog {...props} /> : <RemovedLog {...props.attempt.log} />;
}

/** Instead of a log that a rule of retention removed. */
function RemovedLog({ removed, lines, bytes }: LogPlace['attempt']['log']) {
  return (
    <section class="log" aria-label="Log">
      <p class="log-empty">
        This log was removed by retention on {removed?.at.slice(0, 10)}: {removed?.policy}. It had{' '}
        {formatCount(lines)} lines, {formatBytes(bytes)}.
      </p>
    </section>
  );
}

function KeptLog(props: LogPlace & { readonly onEnd: () => void }) {
  const { route, attempt } = props;
  const { loader, status } = useLog(props);
  const looks = useLogLooks(props);
  const handle = useRef<LogScroll | null>(null);
  const input = useRef<HTMLInputElement>(null);
  const choose = useChooser(props, looks.setFollowing);
  const problems = useProblems(route.id, attempt, status);
  useTimesOfLiveLines(loader, status, looks.withTimes);
  const current = (): number => route.line?.from ?? (handle.current?.position.line ?? 1) - 1;
  const search = useLogSearch(
    { buildId: route.id, attempt: attempt.number, lastLine: status.totalLines },
    () => Math.max(1, current()),
    (line) => choose.range({ from: line, to: line }),
  );
  const keys = logKeys({ handle, input, choose, search, problems, current, status });
  useShortcuts({ ...keys.shortcuts, ...looks.shortcuts });
  const place = { buildId: route.id, attempt: attempt.number };
  return (
    <section class={looks.isFilling ? 'log is-filling' : 'log'} aria-label="Log">
      <div class="log-bar">
        <LogSearchBox
          search={search}
          input={input}
          find={keys.find}
          leave={() => handle.current?.element.current?.focus()}
        />
        <LogTools {...place} looks={looks} isRunning={attempt.state === 'running'} />
      </div>
      <Problems {...place} problems={problems} isOpen={attempt.state === 'failed'} choose={choose.range} />
      <Truncation status={status} />
      {status.error !== null && <ErrorNote error={status.error} retry={loader.retry} />}
      {status.totalLines === 0 ? (
        <p class="log-empty">{emptyText(status)}</p>
      ) : (
        <LogView
          {...place}
          loader={loader}
          status={status}
          looks={looks}
          chosen={route.line}
          choose={choose.line}
          opensAtEnd={attempt.state !== 'passed' && attempt.state !== 'running'}
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
