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

export interface NarratorOptions {
  readonly farmUrl: string;
  readonly now: () => number;
  /** Builds had ended when the supervisor started, so the first square is there already. */
  readonly finishedBefore: boolean;
}

/** Until then a build waits only because the local agent is joining. */
const settleMs = 5_000;
/** Lines and ends of builds that are kept in mind, so that a farm that runs for months takes no more memory. */
const remembered = 10_000;

/** What was told so far. */
interface Story extends NarratorOptions {
  readonly startedAt: number;
  waitsForFirst: boolean;
  watched: string | null;
  waitReason: string;
  readonly said: Set<string>;
  /** By repository: the problem that was told last, null for none. */
  readonly problems: Map<string, string | null>;
  readonly ended: Set<string>;
}

export function createNarrator(options: NarratorOptions): Narrator {
  const story: Story = {
    ...options,
    startedAt: options.now(),
    waitsForFirst: !options.finishedBefore,
    watched: null,
    waitReason: '',
    said: new Set(),
    problems: new Map(),
    ended: new Set(),
  };
  return {
    get waitsForFirst() {
      return story.waitsForFirst;
    },
    get watched() {
      return story.watched;
    },
    repositories: (all) => all.flatMap((one) => tellRepository(story, one)),
    event: (event) => tellEvent(story, event),
    detail: (build) => [
      ...once(story, headline(build)),
      ...tellPlan(story, build),
      ...tellSteps(story, build),
    ],
    queue: (queue) => tellQueue(story, queue),
  };
}

/** A line that is said once. */
function once(story: Story, line: string): readonly string[] {
  if (story.said.has(line)) return [];
  if (story.said.size >= remembered) story.said.clear();
  story.said.add(line);
  return [line];
}

function tellRepository(story: Story, repo: Repository): readonly string[] {
  const before = story.problems.get(repo.name);
  story.problems.set(repo.name, repo.lastError);
  if (repo.lastError !== null) {
    return repo.lastError === before ? [] : [`cannot read ${repo.name}: ${oneLine(repo.lastError)}`];
  }
  if (before !== undefined && before !== null) return [`${repo.name} can be read again`];
  if (!story.waitsForFirst) return [];
  if (repo.lastCheckedAt === null) return once(story, `mirroring ${repo.name} from ${repo.url}`);
  const [branch] = repo.branches;
  if (branch === undefined) {
    return once(story, `${repo.name} has no commits on the branches that are watched`);
  }
  const more = repo.branches.length > 1 ? ` and ${repo.branches.length - 1} more` : '';
  return once(story, `watching ${repo.name}, ${branch.name} at ${shortCommit(branch.head)}${more}`);
}

function tellEvent(story: Story, event: FarmEvent): readonly string[] {
  if (event.type === 'build') return tellBuild(story, event.build);
  if (!story.waitsForFirst) return [];
  if (event.type === 'machine') return tellMachine(story, event.machine);
  if (event.type !== 'commits') return [];
  return once(story, `${event.repo}: ${plural(event.count, 'commit')} found on ${event.branch}`);
}

function tellMachine(story: Story, machine: Machine): readonly string[] {
  if (machine.state !== 'idle' && machine.state !== 'busy') return [];
  const { os, arch } = machine.platform;
  const slots = plural(machine.slots.length, 'build');
  return once(story, `machine ${machine.name} is here (${os} ${arch}, ${slots} at a time)`);
}

function tellBuild(story: Story, build: Build): readonly string[] {
  if (build.state === 'running') {
    if (story.waitsForFirst) story.watched ??= build.id;
    return [];
  }
  if (story.watched === build.id) story.watched = null;
  if (build.state !== 'waiting') return tellEnd(story, build);
  if (build.attempts === 0 || build.message === null) return [];
  return once(story, `${buildName(build)} gets a new attempt: ${oneLine(build.message)}`);
}

function tellEnd(story: Story, build: Build): readonly string[] {
  if (story.ended.has(build.id)) return [];
  if (story.ended.size >= remembered) story.ended.clear();
  story.ended.add(build.id);
  if (build.state !== 'cancelled') story.waitsForFirst = false;
  const took = build.startedAt === null ? '' : ` in ${tookText(build.startedAt, build.endedAt, story.now())}`;
  const note = build.message === null ? '' : `: ${oneLine(build.message)}`;
  return [
    `${stateText(build.state)}  ${buildName(build)}${took}${note}  ${buildUrl(story.farmUrl, build.id)}`,
  ];
}

function headline(build: BuildDetail): string {
  return `building ${buildName(build)}: ${oneLine(build.commitDetail?.subject ?? '')}`;
}

/** What was chosen to be run, why, and how to change it. */
function tellPlan(story: Story, build: BuildDetail): readonly string[] {
  if (build.plan === null) return [];
  const { origin, steps } = build.plan;
  const scripts = steps.map((step) => oneLine(step.script)).join(' ; ');
  return [`steps from ${origin.file}: ${scripts}`, oneLine(origin.why), oneLine(origin.change)].flatMap(
    (line) => once(story, `  ${line}`),
  );
}

function tellSteps(story: Story, build: BuildDetail): readonly string[] {
  const spans = build.attemptList.at(-1)?.spans ?? [];
  return spans.flatMap((span) => {
    const title = oneLine(span.title);
    const running = `  running ${title}`;
    if (span.endedAt === null) return once(story, running);
    // Steps that were over before anybody looked are not worth a line.
    if (!story.said.has(running)) return [];
    return once(story, `  ${title} took ${tookText(span.startedAt, span.endedAt, story.now())}`);
  });
}

function tellQueue(story: Story, queue: Queue): readonly string[] {
  const [first] = queue.items;
  if (!story.waitsForFirst || first === undefined || queue.running > 0) return [];
  if (story.now() < story.startedAt + settleMs) return [];
  // The expected start moves all the time; only another reason is news.
  if (first.why.summary === story.waitReason) return [];
  story.waitReason = first.why.summary;
  const { expectedStart } = first.why;
  const when =
    expectedStart === null ? '' : `, should start ${formatExpectedStart(expectedStart, story.now())}`;
  return [`${buildName(first.build)} waits: ${oneLine(first.why.summary)}${when}`];
}
