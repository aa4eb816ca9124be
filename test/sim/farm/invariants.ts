/** What has to hold after every step, and what has to be true once everything has come to rest. */

import type { RunExit } from '../../../agent/wire/protocol.ts';
import { plannedIn } from '../../../core/builds/journal.ts';
import { bannerText, stepHeader, stepTrailer } from '../../../core/builds/texts.ts';
import { type Build, isFinished } from '../../../core/builds/types.ts';
import type { RunningCoordinator } from '../../../core/coordinator.ts';
import type { Ledger } from './ledger.ts';
import { outputLine, trueExit } from './programs.ts';
import type { Story } from './story.ts';

/** A free machine of the right type and a build that may start now: for this long they may miss each other. */
const idleBesideWorkMs = 120_000;
/** How long the coordinator may think otherwise about a machine than is the case; three silent heartbeats are the least. */
const presenceMs = 240_000;
/** From a claim's begin to its end, also on a slow disk. */
const forgottenMs = 20_000;
/** The longest `away` of the configurations, and some patience. */
const absentMs = 240_000;

export interface Invariants {
  /** Another process of the coordinator: what the last one thought, and for how long, is forgotten. */
  restarted(): void;
  /** Asks the coordinator about everything that waits. */
  lookAtQueue(coordinator: RunningCoordinator): void;
  /** A verdict that was acknowledged. */
  judge(build: Build): void;
  /** Once nothing waits and nothing runs: the store, the logs and the commits against the ledger. */
  audit(coordinator: RunningCoordinator, commits: readonly string[]): Promise<void>;
}

export interface InvariantDeps {
  readonly story: Story;
  readonly ledger: Ledger;
  readonly now: () => number;
  readonly cancelAsked: ReadonlySet<string>;
  /** Whether a machine and the coordinator really hear each other. */
  readonly isOpen: (machine: string) => boolean;
}

export function createInvariants(deps: InvariantDeps): Invariants {
  const { story, ledger } = deps;
  /** Host type to when a free machine first stood beside work for it. */
  const idleSince = new Map<string, number>();
  /** What is wrong in the coordinator's picture, and since when. */
  const oddSince = new Map<string, number>();

  function truth(build: Build): 'passed' | 'failed' {
    const builder = story.builders.find(({ name }) => name === build.builder);
    for (let step = 0; step < (builder?.steps ?? 0); step++) {
      if (trueExit(story.seed, build.commit, build.builder, step) !== 0) return 'failed';
    }
    return 'passed';
  }

  function judge(build: Build): void {
    if (!isFinished(build.state)) return;
    const said = `Build ${build.id} (${build.builder}) is ${build.state}: ${build.message ?? 'no message'}`;
    if (build.state === 'cancelled') {
      if (!deps.cancelAsked.has(build.id)) ledger.violate('cancelled-by-nobody', said);
    } else if (build.state === 'error') {
      if (story.faults.length === 0) ledger.violate('error-without-fault', said);
    } else if (build.state !== truth(build)) {
      ledger.violate('wrong-verdict', `${said}; the commit should have ${truth(build)}`);
    }
  }

  function lookAtQueue(coordinator: RunningCoordinator): void {
    const queue = coordinator.builds.queue({ offset: 0, limit: 500 });
    const shown = new Set(queue.map(({ build }) => build.id));
    for (const { build, why } of queue) {
      if (why.summary.trim() === '')
        ledger.violate('waits-without-reason', `Build ${build.id} waits and nothing says why`);
    }
    if (queue.length < 500) lookForForgotten(coordinator, shown);
    lookAtMachines(coordinator);
    lookForIdleness(
      coordinator,
      queue.map(({ build }) => build),
    );
  }

  /** `isOdd` may be for a while, and not for longer than `limitMs`. */
  function mayBeBriefly(key: string, isOdd: boolean, limitMs: number, what: string): void {
    if (!isOdd) {
      oddSince.delete(key);
      return;
    }
    const since = oddSince.get(key) ?? deps.now();
    oddSince.set(key, since);
    if (deps.now() - since > limitMs) ledger.violate(key.split(' ')[0] ?? key, what);
  }

  /** A build that the store has as waiting and the queue does not show is only on its way to a machine. */
  function lookForForgotten(coordinator: RunningCoordinator, shown: ReadonlySet<string>): void {
    for (const build of ledger.builds.values()) {
      if (build.state !== 'waiting') continue;
      const isKnown = shown.has(build.id) || coordinator.builds.why(build.id) !== null;
      mayBeBriefly(
        `waiting-and-unknown ${build.id}`,
        !isKnown,
        forgottenMs,
        `Build ${build.id} waits in the store and the queue does not know it`,
      );
    }
  }

  function lookAtMachines(coordinator: RunningCoordinator): void {
    for (const { machine, presence, slots } of coordinator.machines.list()) {
      const { name } = machine;
      const isOpen = deps.isOpen(name);
      mayBeBriefly(
        `ghost-machine ${name}`,
        presence.connected && !isOpen,
        presenceMs,
        `Machine ${name} counts as connected and has not been for minutes`,
      );
      mayBeBriefly(
        `machine-forgotten ${name}`,
        !presence.connected && isOpen,
        presenceMs,
        `Machine ${name} is connected and counts as away: ${presence.note ?? ''}`,
      );
      mayBeBriefly(
        `work-held-by-absent ${name}`,
        !presence.connected && slots.some(({ holder }) => holder !== null),
        absentMs,
        `Machine ${name} has been away for minutes and still holds ${slots.find(({ holder }) => holder !== null)?.holder?.id}`,
      );
    }
  }

  function lookForIdleness(coordinator: RunningCoordinator, waiting: readonly Build[]): void {
    const now = deps.now();
    const wanted = new Map<string, Build>();
    for (const build of waiting) if (!wanted.has(build.hostType)) wanted.set(build.hostType, build);
    const idle = new Set<string>();
    for (const { machine, presence, slots } of coordinator.machines.list()) {
      const isReady =
        presence.connected && presence.note === null && !machine.draining && machine.quarantine === null;
      if (isReady && machine.revokedAt === null && slots.some(({ state }) => state === 'free'))
        idle.add(machine.hostType);
    }
    for (const [hostType, build] of wanted) {
      if (!idle.has(hostType) || build.notBefore > now + 1_000_000_000_000) idleSince.delete(hostType);
    }
    for (const hostType of [...idleSince.keys()])
      if (!wanted.has(hostType) || !idle.has(hostType)) idleSince.delete(hostType);
    for (const [hostType, build] of wanted) {
      if (!idle.has(hostType)) continue;
      const since = idleSince.get(hostType) ?? now;
      idleSince.set(hostType, since);
      if (now - since > idleBesideWorkMs + 300_000 * Number(build.notBefore > 0)) {
        const why = coordinator.builds.why(build.id)?.summary ?? 'nothing';
        ledger.violate(
          'idle-beside-work',
          `Machines of ${hostType} are free while build ${build.id} waits (${why})`,
        );
      }
    }
  }

  async function audit(coordinator: RunningCoordinator, commits: readonly string[]): Promise<void> {
    const stored = new Map<string, Build>();
    for (let before: string | undefined; ; ) {
      const page = await coordinator.builds.reader.builds({
        limit: 500,
        ...(before === undefined ? {} : { before }),
      });
      for (const build of page) stored.set(build.id, build);
      before = page.at(-1)?.id;
      if (page.length < 500) break;
    }
    for (const build of ledger.builds.values()) {
      const found = stored.get(build.id);
      if (found === undefined) ledger.violate('write-lost', `Build ${build.id} was acknowledged and is gone`);
      else ledger.saw(found);
    }
    const cells = new Map<string, number>();
    for (const build of stored.values()) {
      judge(build);
      if (!isFinished(build.state))
        ledger.violate('never-ended', `Build ${build.id} is ${build.state} at the end of all`);
      if (build.trigger === 'commit') {
        const cell = `${build.commit} ${build.builder}`;
        cells.set(cell, (cells.get(cell) ?? 0) + 1);
      }
      await auditAttempts(coordinator, build);
    }
    for (const commit of commits) {
      for (const { name } of story.builders) {
        const count = cells.get(`${commit} ${name}`) ?? 0;
        if (count !== 1)
          ledger.violate('commit-not-built-once', `Commit ${commit} has ${count} builds of ${name}`);
      }
    }
  }

  async function auditAttempts(coordinator: RunningCoordinator, build: Build): Promise<void> {
    const attempts = await coordinator.builds.reader.attempts(build.id);
    if (attempts.some(({ state }) => state === 'running') && isFinished(build.state))
      ledger.violate('attempt-left', `Build ${build.id} is ${build.state} and has an attempt that runs`);
    const verdicts = attempts.filter(({ state }) => state === 'passed' || state === 'failed');
    if (verdicts.length > 1)
      ledger.violate('verdict-doubled', `Build ${build.id} has ${verdicts.length} verdicts`);
    for (const attempt of attempts) {
      if (attempt.error?.code === 'shutting_down' && attempt.error.blame === 'farm')
        ledger.violate('restart-lost-work', `Attempt ${attempt.id} was given up: ${attempt.error.message}`);
      if (attempt.error?.code === 'connection_lost')
        ledger.violate('link-lost-work', `Attempt ${attempt.id} was given up: ${attempt.error.message}`);
      const parts: Uint8Array[] = [];
      for await (const part of coordinator.logs.bytes(attempt.id)) parts.push(part);
      const text = Buffer.concat(parts).toString('latin1');
      checkLines(attempt.id, text);
      if (attempt.state !== 'passed' && attempt.state !== 'failed') continue;
      const journal = await coordinator.builds.reader.journal(attempt.id);
      const planned = plannedIn(journal);
      if (planned === null || !('plan' in planned)) continue;
      const machine = coordinator.machines.get(attempt.machineId)?.machine.name ?? '';
      let expected = Buffer.from(bannerText(build, attempt, machine, planned.plan)).toString('latin1');
      for (const [index, step] of planned.plan.steps.entries()) {
        const result = journal.find((entry) => entry.step === `run:${index}` && entry.phase === 'result');
        if (result === undefined) break;
        const { exit } = result.data as { exit: RunExit };
        const output = outputOf(`${attempt.id}.${index}`, exit.outputBytes);
        const facts = ledger.runs.get(`${attempt.id}.${index}`);
        if (exit.reason === 'exited' && facts !== undefined && facts.wroteBytes !== exit.outputBytes)
          ledger.violate(
            'output-lost',
            `Run ${facts.runId} wrote ${facts.wroteBytes} bytes and its exit tells of ${exit.outputBytes}`,
          );
        const count = planned.plan.steps.length;
        expected += Buffer.from(stepHeader(index, count, step.name)).toString('latin1') + output;
        expected += Buffer.from(
          stepTrailer(index, count, exit, output === '' || output.endsWith('\n')),
        ).toString('latin1');
      }
      const note = /(?:croft: (?:no file matches|[^\n]*artifacts)[^\n]*\n)?$/.exec(text)?.[0] ?? '';
      if (text !== expected + note) {
        const at = firstDifference(text, expected);
        ledger.violate(
          'log-differs',
          `Log of ${attempt.id} has ${text.length} bytes instead of ${expected.length}, first differing at ${at}: ` +
            `${JSON.stringify(text.slice(at, at + 60))} instead of ${JSON.stringify(expected.slice(at, at + 60))}`,
        );
      }
    }
  }

  /** Whatever the end of an attempt: the lines of a run are there in order, from the first, without a gap or a repetition. */
  function checkLines(attemptId: string, text: string): void {
    const next = new Map<string, number>();
    for (const line of text.split('\n')) {
      const [, runId, number] = /^(att_\w+\.\d+) (\d+) \w+$/.exec(line) ?? [];
      if (runId === undefined || number === undefined) continue;
      const wanted = next.get(runId) ?? 0;
      if (Number(number) !== wanted) {
        ledger.violate(
          'log-lines',
          `Log of ${attemptId}: line ${number} of run ${runId} stands where line ${wanted} should`,
        );
        return;
      }
      next.set(runId, wanted + 1);
    }
  }

  return {
    restarted() {
      oddSince.clear();
      idleSince.clear();
    },
    lookAtQueue,
    judge,
    audit,
  };
}

function outputOf(runId: string, bytes: number): string {
  let text = '';
  for (let line = 0; text.length < bytes; line++) text += outputLine(runId, line);
  return text.slice(0, bytes);
}

function firstDifference(left: string, right: string): number {
  let at = 0;
  while (at < Math.min(left.length, right.length) && left[at] === right[at]) at++;
  return at;
}
