/** Turns what the farm reports into lines for the person who waits for the first square, and into quiet ones afterwards. */
import type { Build, BuildDetail, FarmEvent, Machine, Queue, Repository } from '../api/model.ts';
import { oneLine } from '../cli/escapes.ts';
import { buildName, buildUrl, shortCommit, stateText, tookText } from '../cli/words.ts';
import { formatExpectedStart, plural } from '../pages/app/rules/time.ts';

export interface Narrator {
  /** No build has ended yet, so every step is worth a line. */
  readonly waitsForFirst: boolean;
  /** The build whose steps are told; null when none runs or the first has ended. */
  readonly watched: string | null;
  repositories(repositories: readonly Repository[]): readonly string[];
  event(event: FarmEvent): readonly string[];
  /** The build that `watched` names, looked at again. */
  detail(build: BuildDetail): readonly string[];
  /** What waits, told when nothing else is going on. */
  queue(queue: Queue): readonly string[];
}

/** Until then a build waits only because the local agent is joining. */
const settleMs = 5_000;

/** `finishedBefore`: builds had ended when the supervisor started, so the first square is there already. */
export function createNarrator(options: {
  readonly farmUrl: string;
  readonly now: () => number;
  readonly finishedBefore: boolean;
}): Narrator {
  const startedAt = options.now();
  let waitsForFirst = !options.finishedBefore;
  let watched: string | null = null;
  let toldWaiting = '';
  const said = new Set<string>();
  const problems = new Map<string, string | null>();
  const ended = new Set<string>();

  /** A line that is said once. */
  function once(line: string): readonly string[] {
    if (said.has(line)) return [];
    said.add(line);
    return [line];
  }

  function repository(repo: Repository): readonly string[] {
    const before = problems.get(repo.name);
    problems.set(repo.name, repo.lastError);
    if (repo.lastError !== null) {
      return repo.lastError === before ? [] : [`cannot read ${repo.name}: ${oneLine(repo.lastError)}`];
    }
    if (before !== undefined && before !== null) return [`${repo.name} can be read again`];
    if (!waitsForFirst) return [];
    if (repo.lastCheckedAt === null) return once(`mirroring ${repo.name} from ${repo.url}`);
    const [branch] = repo.branches;
    if (branch === undefined) return once(`${repo.name} has no commits on the branches that are watched`);
    const more = repo.branches.length > 1 ? ` and ${repo.branches.length - 1} more` : '';
    return once(`watching ${repo.name}, ${branch.name} at ${shortCommit(branch.head)}${more}`);
  }

  function buildChanged(build: Build): readonly string[] {
    if (build.state === 'running') {
      if (waitsForFirst && watched === null) watched = build.id;
      return [];
    }
    if (build.state === 'waiting') {
      if (watched === build.id) watched = null;
      const again = build.attempts > 0 && build.message !== null;
      return again ? once(`${buildName(build)} gets a new attempt: ${oneLine(build.message ?? '')}`) : [];
    }
    if (ended.has(build.id)) return [];
    if (ended.size > 10_000) ended.clear();
    ended.add(build.id);
    if (build.state !== 'cancelled') waitsForFirst = false;
    watched = null;
    const note = build.message === null ? '' : `: ${oneLine(build.message)}`;
    const took =
      build.startedAt === null ? '' : ` in ${tookText(build.startedAt, build.endedAt, options.now())}`;
    return [
      `${stateText(build.state)}  ${buildName(build)}${took}${note}  ${buildUrl(options.farmUrl, build.id)}`,
    ];
  }

  function machine(one: Machine): readonly string[] {
    const { os, arch } = one.platform;
    const slots = plural(one.slots.length, 'build');
    return waitsForFirst && (one.state === 'idle' || one.state === 'busy')
      ? once(`machine ${one.name} is here (${os} ${arch}, ${slots} at a time)`)
      : [];
  }

  return {
    get waitsForFirst() {
      return waitsForFirst;
    },
    get watched() {
      return watched;
    },
    repositories: (all) => all.flatMap(repository),
    event(event) {
      if (event.type === 'build') return buildChanged(event.build);
      if (event.type === 'machine') return machine(event.machine);
      if (event.type === 'commits' && waitsForFirst) {
        return once(`${event.repo}: ${plural(event.count, 'commit')} found on ${event.branch}`);
      }
      return [];
    },
    detail(build) {
      const lines = [...once(`building ${buildName(build)}: ${oneLine(build.commitDetail?.subject ?? '')}`)];
      if (build.plan !== null) {
        const { origin, steps } = build.plan;
        lines.push(
          ...once(`  steps from ${origin.file}: ${steps.map((step) => oneLine(step.script)).join(' ; ')}`),
          ...once(`  ${oneLine(origin.why)}`),
          ...once(`  ${oneLine(origin.change)}`),
        );
      }
      for (const span of build.attemptList.at(-1)?.spans ?? []) {
        const key = `  ${build.attempts}.${span.step}`;
        if (span.endedAt === null) {
          if (!said.has(key)) lines.push(`  running ${oneLine(span.title)}`);
          said.add(key);
        } else if (said.has(key)) {
          lines.push(
            ...once(`  ${oneLine(span.title)} took ${tookText(span.startedAt, span.endedAt, options.now())}`),
          );
        }
      }
      return lines;
    },
    queue(queue) {
      const [first] = queue.items;
      if (!waitsForFirst || first === undefined || queue.running > 0) return [];
      if (options.now() < startedAt + settleMs) return [];
      // The expected start moves all the time; only another reason is news.
      if (first.why.summary === toldWaiting) return [];
      toldWaiting = first.why.summary;
      const { expectedStart } = first.why;
      const when =
        expectedStart === null ? '' : `, should start ${formatExpectedStart(expectedStart, options.now())}`;
      return [`${buildName(first.build)} waits: ${oneLine(first.why.summary)}${when}`];
    },
  };
}
