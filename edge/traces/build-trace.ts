/** The trace of a build, from what is stored of it. Pure: the same build gives the same spans with the same ids, whoever tells it. */
import { createHash } from 'node:crypto';
import type { AttemptDetail, Build, Span } from '../../core/builds/types.ts';

export interface TraceSpan {
  /** 16 hex digits. */
  readonly id: string;
  /** Null for the one that all others are below. */
  readonly parentId: string | null;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  /** What went wrong; null when nothing did. */
  readonly error: string | null;
}

export interface BuildTrace {
  /** 32 hex digits. */
  readonly id: string;
  /** Parents before their children. */
  readonly spans: readonly TraceSpan[];
}

export interface BuildStory {
  /** Finished. */
  readonly build: Build;
  readonly attempts: readonly AttemptDetail[];
  /** When the farm found the commit on its branch; null for a build that somebody asked for. */
  readonly seenAt: number | null;
}

/** Derived from the build's id, so that every process that has a part in it tells of the same trace. */
export function traceIdOf(buildId: string): string {
  return createHash('sha256').update(`trace ${buildId}`).digest('hex').slice(0, 32);
}

function spanIdOf(buildId: string, place: string): string {
  return createHash('sha256').update(`span ${buildId} ${place}`).digest('hex').slice(0, 16);
}

/** Commit seen, work decided, and then by turns waiting and attempts, to the verdict. */
export function traceOf({ build, attempts, seenAt }: BuildStory): BuildTrace {
  const root = spanIdOf(build.id, 'build');
  const endedAt = build.endedAt ?? build.createdAt;
  const below = (
    place: string,
    span: Omit<TraceSpan, 'id' | 'parentId' | 'attributes' | 'error'>,
  ): TraceSpan => ({
    id: spanIdOf(build.id, place),
    parentId: root,
    attributes: {},
    error: null,
    ...span,
  });
  const spans: TraceSpan[] = [
    { ...rootSpan(build), id: root, startedAt: seenAt ?? build.createdAt, endedAt },
  ];
  if (seenAt !== null) {
    spans.push(below('commit', { name: 'commit seen', startedAt: seenAt, endedAt: seenAt }));
    spans.push(below('work', { name: 'work decided', startedAt: seenAt, endedAt: build.createdAt }));
  }
  let waitsSince = build.createdAt;
  for (const detail of attempts) {
    const { attempt } = detail;
    const waited = { name: 'waiting', startedAt: waitsSince, endedAt: attempt.startedAt };
    spans.push(below(`waiting ${attempt.number}`, waited));
    spans.push(...attemptSpans(build, detail, root));
    waitsSince = attempt.endedAt ?? endedAt;
  }
  if (attempts.length === 0)
    spans.push(below('waiting 1', { name: 'waiting', startedAt: waitsSince, endedAt }));
  spans.push(below('verdict', { name: `verdict: ${build.state}`, startedAt: endedAt, endedAt }));
  return { id: traceIdOf(build.id), spans };
}

function rootSpan(build: Build): Pick<TraceSpan, 'parentId' | 'name' | 'attributes' | 'error'> {
  const { state, blame, message } = build;
  return {
    parentId: null,
    name: `build ${build.builder}`,
    attributes: {
      'croft.build.id': build.id,
      'croft.build.outcome': state,
      'croft.build.class': build.class,
      'croft.build.trigger': build.trigger,
      'croft.builder': build.builder,
      'croft.host_type': build.hostType,
      'croft.repository': build.repo,
      'croft.commit': build.commit,
      ...(build.branch === null ? {} : { 'croft.branch': build.branch }),
      ...(blame === null ? {} : { 'croft.blame': blame }),
    },
    error: state === 'failed' || state === 'error' ? (message ?? state) : null,
  };
}

/** The attempt, the lease below it, the steps below that, and the sealing of the log, which needs no machine any more. */
function attemptSpans(build: Build, { attempt, spans }: AttemptDetail, root: string): readonly TraceSpan[] {
  const place = `attempt ${attempt.number}`;
  const id = spanIdOf(build.id, place);
  const leaseId = spanIdOf(build.id, `${place} lease`);
  const { startedAt } = attempt;
  const endedAt = attempt.endedAt ?? build.endedAt ?? startedAt;
  const workedUntil = spans.reduce((last, span) => Math.max(last, span.endedAt ?? last), startedAt);
  const ids = { 'croft.attempt.id': attempt.id, 'croft.attempt.number': attempt.number };
  const machine = { 'croft.machine.id': attempt.machineId, 'croft.machine.slot': attempt.slot };
  const { error } = attempt;
  return [
    {
      ...{ id, parentId: root, name: place, startedAt, endedAt },
      attributes: { ...ids, 'croft.attempt.outcome': attempt.state },
      error: error === null ? null : error.message,
    },
    {
      ...{ id: leaseId, parentId: id, name: 'lease', startedAt, endedAt: workedUntil },
      attributes: { ...ids, ...machine, 'croft.lease.id': attempt.leaseId },
      error: null,
    },
    ...spans.map((span) => stepSpan(spanIdOf(build.id, `${place} ${span.step}`), leaseId, span, endedAt)),
    {
      id: spanIdOf(build.id, `${place} seal`),
      parentId: id,
      name: 'seal',
      startedAt: workedUntil,
      endedAt,
      attributes: ids,
      error: null,
    },
  ];
}

function stepSpan(id: string, parentId: string, span: Span, attemptEndedAt: number): TraceSpan {
  const { step, title, detail, state } = span;
  return {
    ...{ id, parentId, name: title, startedAt: span.startedAt, endedAt: span.endedAt ?? attemptEndedAt },
    attributes: { 'croft.step': step, ...(detail === null ? {} : { 'croft.step.detail': detail }) },
    error: state === 'passed' || state === 'running' ? null : (detail ?? state),
  };
}
