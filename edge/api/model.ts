/**
 * The REST resources of `/api/v1`, one schema each: what controllers answer, what OpenAPI publishes, what the pages and the
 * CLI read. Instants are ISO 8601 strings in UTC; durations are milliseconds; ids are opaque.
 *
 *   GET    /healthz                                              Health (503 while the farm can't do its work, else 200)
 *   GET    /api/v1/health/history                                HealthHistory
 *   GET    /metrics                                              text, for Prometheus
 *   GET    /api/v1/farm                                          Farm
 *   GET    /api/v1/repositories                                  { items: Repository[] }
 *   GET    /api/v1/builders                                      { items: Builder[] }
 *   GET    /api/v1/grid?repo=&branch=&builder=&state=&text=&limit=&cursor=    Grid (builder: glob, may repeat)
 *   GET    /api/v1/commits/{repo}/{hash}                         CommitDetail (hash may be a prefix)
 *   GET    /api/v1/builds?repo=&builder=&commit=&state=&limit=&cursor=   { items: Build[], next }
 *   POST   /api/v1/builds { repo, commit, builder }              Build, 201 (scope build)
 *   GET    /api/v1/builds/{id}                                   BuildDetail
 *   POST   /api/v1/builds/{id}/cancel                            Build (scope build)
 *   POST   /api/v1/builds/{id}/retry                             Build, 201: the new one (scope build)
 *   GET    /api/v1/builds/{id}/log?offset=&attempt=              text/plain; text/event-stream when accepted (LogEvent)
 *   GET    /api/v1/builds/{id}/log/lines?from=&count=&last=&offset=&attempt=      LogWindow
 *   GET    /api/v1/builds/{id}/log/search?q=&regex=&ignoreCase=&from=&limit=&attempt=   LogSearchAnswer
 *   GET    /api/v1/builds/{id}/log/problems?attempt=             { items: LogLine[] }
 *   GET    /api/v1/builds/{id}/artifacts                         { items: Artifact[] }
 *   GET    /api/v1/artifacts/{id}                                the bytes, as a download
 *   GET    /api/v1/queue?limit=&cursor=                          Queue (in the order of placement)
 *   GET    /api/v1/machines                                      { items: Machine[] }
 *   GET    /api/v1/machines/{id}                                 MachineDetail
 *   POST   /api/v1/machines/{id}/{drain|undrain|quarantine|release|revoke}  Machine (scope machines; quarantine { reason })
 *   GET    /api/v1/pools                                         { items: Pool[] }
 *   GET    /api/v1/join-tokens                                   { items: JoinToken[] } (scope machines)
 *   POST   /api/v1/join-tokens { hostType?, expiresInMs? }       { token, … JoinToken }, 201 (scope machines)
 *   DELETE /api/v1/join-tokens/{id}                              204
 *   GET    /api/v1/tokens                                        { items: AccessToken[] } (scope admin)
 *   POST   /api/v1/tokens { name, scopes, expiresInMs? }         { token, … AccessToken }, 201 (scope admin)
 *   DELETE /api/v1/tokens/{id}                                   204
 *   GET    /api/v1/retention                                     RetentionAnswer: what the rules would remove
 *   POST   /api/v1/retention                                     RetentionAnswer: what they removed (scope admin)
 *   POST   /api/v1/config/reload                                 Farm (scope admin)
 *   GET    /api/v1/events?topics=builds,machines,queue,commits,farm   text/event-stream of FarmEvent, resumed by Last-Event-ID
 *   POST   /hooks/git { repository?, ref?, … }                   202 { repositories: [names poked] } (Authorization or X-Croft-Token)
 *   GET    /schema/farm.json, /schema/croft.json                 JSON Schema of the two configuration files
 *   GET    /openapi.json, /openapi                               the document, and a page to browse it
 *   GET    /?mode=json|failures&repo=&branch=&page=              upstream's dashboard shapes
 *   GET    /log/{id}, /status/reverse.json, /status/post-submit-active.json, /builders?mode=json   what upstream's programs read besides
 *   WS     /api/v1/dial                                          agents
 */
import { type Static, type TLiteral, type TSchema, type TUnion, Type } from '@sinclair/typebox';

const Instant = Type.String({ description: 'ISO 8601, UTC', examples: ['2026-11-24T10:50:37.120Z'] });
const MaybeInstant = Type.Union([Instant, Type.Null()]);
const Text = Type.String();
const MaybeText = Type.Union([Type.String(), Type.Null()]);
const Count = Type.Integer({ minimum: 0 });

/** One of these words. A union of literals rather than an enum keyword: Elysia's own checks know it. */
export function literals<const T extends string>(values: readonly T[], description?: string) {
  const choices = values.map((value) => Type.Literal(value));
  // TypeBox infers a union from a tuple, and these are as many as the caller names.
  return Type.Union(choices, description === undefined ? {} : { description }) as unknown as TUnion<
    [TLiteral<T>]
  >;
}

export function listOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item) });
}

/** `next` is an opaque cursor, null at the end. */
export function pageOf<T extends TSchema>(item: T) {
  return Type.Object({ items: Type.Array(item), next: MaybeText });
}

/** RFC 9457 with the farm's own code. */
export const Problem = Type.Object({
  type: Text,
  title: Text,
  status: Type.Integer(),
  detail: Text,
  code: Text,
  blame: literals(['caller', 'change', 'machine', 'farm', 'outside']),
  field: Type.Optional(Text),
  requestId: Type.Optional(Text),
});
export type Problem = Static<typeof Problem>;

export const ConfigProblem = Type.Object({ path: Text, problem: Text, fix: Text });

export const Farm = Type.Object({
  name: Text,
  version: Text,
  environment: Text,
  startedAt: Instant,
  anonymousReading: Type.Boolean(),
  config: Type.Object({
    file: MaybeText,
    loadedAt: Instant,
    broken: Type.Union([Type.Object({ at: Instant, problems: Type.Array(ConfigProblem) }), Type.Null()]),
  }),
  counts: Type.Object({
    waiting: Count,
    running: Count,
    machines: Count,
    machinesConnected: Count,
    slots: Count,
    busySlots: Count,
  }),
  /** In force; older coordinators don't tell. */
  limits: Type.Optional(Type.Object({ requestBytes: Count, eventStreams: Count, diskFreeBytes: Count })),
  logLevel: Type.Optional(literals(['info', 'warn', 'error'])),
  /** Who the caller is, and what it may do. */
  you: Type.Object({ name: Text, scopes: Type.Array(Text) }),
});
export type Farm = Static<typeof Farm>;

const HealthStatus = literals(['ok', 'degraded', 'failing']);

export const HealthCheck = Type.Object({
  name: Type.String({ description: 'Stays the same for as long as the thing that is checked exists' }),
  status: HealthStatus,
  message: Type.String({ description: 'One sentence: for anything but ok what is wrong and what to do' }),
  since: Type.String({ description: 'When it came to this level: ISO 8601, UTC' }),
  /** Finer than the status: `info` is ok, `warning` is degraded, `error` is degraded or failing. */
  level: literals(['ok', 'info', 'warning', 'error']),
  text: Type.String({ description: 'The message again, under its older name' }),
});
export type HealthCheck = Static<typeof HealthCheck>;
export const Health = Type.Object({
  /** The worst of all checks. With `failing` the answer has the status 503. */
  status: HealthStatus,
  ok: Type.Boolean({ description: 'No check is in error' }),
  checks: Type.Array(HealthCheck, { description: 'Empty for those who may not read' }),
});
export type Health = Static<typeof Health>;

export const HealthSample = Type.Object({
  at: Instant,
  waiting: Count,
  running: Count,
  links: Type.Integer({ minimum: 0, description: 'Agents that are connected' }),
  busySlots: Count,
  oldestWaitMs: Type.Number({ minimum: 0 }),
  loopLagMs: Type.Number({ minimum: 0, description: 'How late the coordinator was at worst' }),
  memoryBytes: Type.Union([Count, Type.Null()]),
  diskFreeBytes: Type.Union([Count, Type.Null()]),
  ended: Type.Integer({ minimum: 0, description: 'Builds that got a verdict since the point before' }),
  passed: Type.Integer({ minimum: 0, description: 'Those of them that passed' }),
});
export type HealthSample = Static<typeof HealthSample>;

/** The last hour, oldest first; the first point comes some seconds after the start. */
export const HealthHistory = Type.Object({
  everyMs: Type.Integer({ minimum: 1 }),
  items: Type.Array(HealthSample),
});
export type HealthHistory = Static<typeof HealthHistory>;

export const Repository = Type.Object({
  name: Text,
  url: Type.String({ description: 'Without credentials' }),
  defaultBranch: MaybeText,
  branches: Type.Array(Type.Object({ name: Text, head: Text })),
  builders: Type.Array(Text),
  lastCheckedAt: MaybeInstant,
  lastError: MaybeText,
});
export type Repository = Static<typeof Repository>;

export const Builder = Type.Object({
  name: Text,
  hostType: Text,
  steps: Type.Union([Type.Array(Text), Type.Null()], {
    description: "null: the repository's croft.json, or detected",
  }),
  timeoutMs: Count,
  silenceMs: Count,
  artifacts: Type.Array(Text),
  attempts: Count,
  priority: Type.Integer(),
  repositories: Type.Array(Text),
  /** Median of the newest durations; null before the first. */
  usualMs: Type.Union([Count, Type.Null()]),
});
export type Builder = Static<typeof Builder>;

export const Commit = Type.Object({
  repo: Text,
  hash: Text,
  parents: Type.Array(Text),
  author: Type.Object({ name: Text, email: Text }),
  authoredAt: Instant,
  committedAt: Instant,
  subject: Text,
});
export type Commit = Static<typeof Commit>;

export const buildStateNames = ['waiting', 'running', 'passed', 'failed', 'cancelled', 'error'] as const;

export const Build = Type.Object({
  id: Text,
  repo: Text,
  commit: Text,
  builder: Text,
  hostType: Text,
  state: literals(
    buildStateNames,
    'error: infrastructure failures used up the attempts; it says nothing about the change',
  ),
  class: literals(['interactive', 'try', 'post-submit', 'backfill']),
  branch: MaybeText,
  trigger: literals(['commit', 'request', 'retry']),
  retryOf: MaybeText,
  requestedBy: MaybeText,
  attempts: Count,
  maxAttempts: Count,
  createdAt: Instant,
  startedAt: MaybeInstant,
  endedAt: MaybeInstant,
  blame: Type.Union([literals(['caller', 'change', 'machine', 'farm', 'outside']), Type.Null()]),
  message: MaybeText,
  cancelRequestedBy: MaybeText,
});
export type Build = Static<typeof Build>;

export const Blocker = Type.Object({ kind: Text, text: Text });
export const Why = Type.Object({
  summary: Text,
  blockers: Type.Array(Blocker),
  ahead: Count,
  impossible: Type.Boolean(),
  expectedStart: Type.Union([
    Type.Object({ earliest: Instant, likely: Instant, latest: Instant }),
    Type.Null(),
  ]),
  basis: Text,
});
export type Why = Static<typeof Why>;

/** `policy` is the rule in words. */
export const Removal = Type.Object({ at: Instant, policy: Text });
const MaybeRemoval = Type.Union([Removal, Type.Null()]);

export const Span = Type.Object({
  step: Text,
  title: Text,
  startedAt: Instant,
  endedAt: MaybeInstant,
  state: literals(['running', 'passed', 'failed', 'broken-off']),
  /** First line of the step's output in the attempt's log; null for steps that write none. */
  logLine: Type.Union([Count, Type.Null()]),
  detail: MaybeText,
});
export type Span = Static<typeof Span>;

export const Attempt = Type.Object({
  id: Text,
  number: Count,
  state: literals(['running', 'passed', 'failed', 'cancelled', 'infrastructure']),
  machine: Type.Object({ id: Text, name: Text }),
  slot: Count,
  startedAt: Instant,
  endedAt: MaybeInstant,
  error: Type.Union([Type.Object({ code: Text, blame: Text, message: Text }), Type.Null()]),
  spans: Type.Array(Span),
  log: Type.Object({
    state: literals(['open', 'sealed', 'missing']),
    bytes: Count,
    lines: Count,
    droppedBytes: Count,
    /** A log that is missing because a rule of retention removed it; the figures are those that it had. */
    removed: MaybeRemoval,
  }),
});
export type Attempt = Static<typeof Attempt>;

export const Artifact = Type.Object({
  id: Text,
  path: Text,
  bytes: Count,
  digest: Text,
  url: Text,
  /** Its bytes are gone, by a rule of retention. */
  removed: MaybeRemoval,
});
export type Artifact = Static<typeof Artifact>;

export const Plan = Type.Object({
  steps: Type.Array(Type.Object({ name: Text, script: Text })),
  env: Type.Record(Type.String(), Type.String()),
  timeoutMs: Count,
  silenceMs: Count,
  artifacts: Type.Array(Text),
  origin: Type.Object({
    kind: literals(['builder', 'repository', 'detected']),
    file: Text,
    why: Text,
    change: Text,
  }),
});

export const BuildDetail = Type.Composite([
  Build,
  Type.Object({
    commitDetail: Type.Union([Commit, Type.Null()]),
    attemptList: Type.Array(Attempt),
    artifacts: Type.Array(Artifact),
    /** What the newest attempt does, and why; null before it is planned. */
    plan: Type.Union([Plan, Type.Null()]),
    /** Only while it waits. */
    why: Type.Union([Why, Type.Null()]),
    /** Shell lines that do by hand what the build does. */
    reproduce: Type.Array(Text),
    /** The build of the same builder on the commit before and after, on the same branch. */
    previous: Type.Union([Build, Type.Null()]),
    following: Type.Union([Build, Type.Null()]),
  }),
]);
export type BuildDetail = Static<typeof BuildDetail>;

export const CommitDetail = Type.Composite([
  Commit,
  Type.Object({ branches: Type.Array(Text), builds: Type.Array(Build) }),
]);
export type CommitDetail = Static<typeof CommitDetail>;

/** A cell is small on purpose: a page holds thousands. */
export const GridCell = Type.Object({
  id: Text,
  state: literals(buildStateNames),
  ms: Type.Union([Count, Type.Null()]),
});
export const Grid = Type.Object({
  repo: Text,
  branch: Text,
  /** Column names, in order. */
  builders: Type.Array(Text),
  commits: Type.Array(
    Type.Composite([
      Commit,
      /** Parallel to `builders`; null: no build. */
      Type.Object({ cells: Type.Array(Type.Union([GridCell, Type.Null()])) }),
    ]),
  ),
  /** Commits that the search looked at for this page, the ones found among them. */
  looked: Count,
  next: MaybeText,
});
export type Grid = Static<typeof Grid>;

export const LogLine = Type.Object({
  number: Count,
  offset: Count,
  at: MaybeInstant,
  text: Text,
  cut: Type.Boolean(),
});
export type LogLine = Static<typeof LogLine>;
export const LogWindow = Type.Object({
  attempt: Count,
  state: literals(['open', 'sealed', 'missing']),
  totalLines: Count,
  totalBytes: Count,
  droppedBytes: Count,
  lines: Type.Array(LogLine),
});
export type LogWindow = Static<typeof LogWindow>;
export const LogSearchAnswer = Type.Object({
  matches: Type.Array(Type.Object({ line: LogLine, from: Count, to: Count })),
  next: Type.Union([Count, Type.Null()]),
});
export type LogSearchAnswer = Static<typeof LogSearchAnswer>;

/**
 * The live log as server-sent events; the event's id is `ATTEMPT.OFFSET` after it, so Last-Event-ID resumes.
 * `output`: { offset, text }. `attempt`: { number }, a new attempt's log begins at 0. `end`: { state }, the build is finished.
 */
export const LogEvent = Type.Union([
  Type.Object({ type: Type.Literal('output'), offset: Count, text: Text }),
  Type.Object({ type: Type.Literal('attempt'), number: Count }),
  Type.Object({ type: Type.Literal('end'), state: literals(buildStateNames) }),
]);
export type LogEvent = Static<typeof LogEvent>;

export const Queue = Type.Object({
  waiting: Count,
  running: Count,
  byClass: Type.Record(Type.String(), Count),
  items: Type.Array(Type.Object({ build: Build, why: Why })),
  next: MaybeText,
});
export type Queue = Static<typeof Queue>;

export const Machine = Type.Object({
  id: Text,
  name: Text,
  hostType: Text,
  pool: Type.Literal('reverse'),
  state: literals(['idle', 'busy', 'away', 'draining', 'quarantined', 'revoked']),
  /** One sentence: what it does, or why it does nothing. */
  doing: Text,
  since: Instant,
  slots: Type.Array(
    Type.Object({
      slot: Count,
      state: literals(['free', 'busy', 'resetting', 'dirty']),
      build: Type.Union([Type.Object({ id: Text, builder: Text, repo: Text, commit: Text }), Type.Null()]),
      since: MaybeInstant,
    }),
  ),
  platform: Type.Object({
    os: Text,
    arch: Text,
    release: Text,
    hostname: Text,
    cpus: Count,
    memoryBytes: Count,
    runtime: Text,
    runtimeVersion: Text,
    agentVersion: Text,
  }),
  status: Type.Union([
    Type.Object({
      load1: Type.Number(),
      memoryFreeBytes: Count,
      diskFreeBytes: Count,
      diskTotalBytes: Count,
      uptimeMs: Count,
    }),
    Type.Null(),
  ]),
  remote: MaybeText,
  createdAt: Instant,
  lastSeenAt: Instant,
  reliability: Type.Object({ attempts: Count, infrastructureFailures: Count }),
  quarantine: Type.Union([Type.Object({ since: Instant, reason: Text, by: Text }), Type.Null()]),
});
export type Machine = Static<typeof Machine>;

export const MachineDetail = Type.Composite([
  Machine,
  Type.Object({ events: Type.Array(Type.Object({ at: Instant, kind: Text, text: Text })) }),
]);
export type MachineDetail = Static<typeof MachineDetail>;

export const Pool = Type.Object({
  kind: Type.Literal('reverse'),
  hostType: Text,
  expected: Count,
  connected: Count,
  slots: Count,
  busySlots: Count,
  waiting: Count,
  /** Null, or what is wrong: "2 of 5 expected machines are missing". */
  problem: MaybeText,
  machines: Type.Array(Machine),
});
export type Pool = Static<typeof Pool>;

export const JoinToken = Type.Object({
  id: Text,
  hostType: MaybeText,
  createdAt: Instant,
  expiresAt: Instant,
  usedAt: MaybeInstant,
  usedBy: MaybeText,
  createdBy: Text,
});
export type JoinToken = Static<typeof JoinToken>;
export const NewJoinToken = Type.Composite([
  JoinToken,
  Type.Object({ token: Text, command: Type.String({ description: 'The line to run on the machine' }) }),
]);
export type NewJoinToken = Static<typeof NewJoinToken>;

export const AccessToken = Type.Object({
  id: Text,
  name: Text,
  scopes: Type.Array(literals(['read', 'build', 'machines', 'admin'])),
  createdAt: Instant,
  expiresAt: MaybeInstant,
  lastUsedAt: MaybeInstant,
});
export type AccessToken = Static<typeof AccessToken>;
export const NewAccessToken = Type.Composite([AccessToken, Type.Object({ token: Text })]);
export type NewAccessToken = Static<typeof NewAccessToken>;

/**
 * One server-sent event of `/api/v1/events`; the SSE event name is `type`, its id grows by one. `reset`: what came before is no
 * longer held, fetch anew.
 */
export const FarmEvent = Type.Union([
  Type.Object({ type: Type.Literal('build'), build: Build }),
  Type.Object({ type: Type.Literal('machine'), machine: Machine }),
  Type.Object({ type: Type.Literal('queue'), waiting: Count, running: Count }),
  Type.Object({ type: Type.Literal('commits'), repo: Text, branch: Text, head: Text, count: Count }),
  Type.Object({ type: Type.Literal('farm'), farm: Type.Object({ configBroken: Type.Boolean() }) }),
  Type.Object({ type: Type.Literal('reset') }),
]);
export type FarmEvent = Static<typeof FarmEvent>;

export const BuildRequest = Type.Object({
  repo: Type.String({ minLength: 1, maxLength: 256 }),
  commit: Type.String({
    minLength: 1,
    maxLength: 256,
    description: 'A hash, a prefix of one, a branch or a tag',
  }),
  builder: Type.String({ minLength: 1, maxLength: 256 }),
});

export const RetentionAnswer = Type.Object({
  rules: Type.Array(
    Type.Object({
      kind: literals(['logs', 'artifacts', 'archives', 'mirrors']),
      policy: Text,
      count: Count,
      bytes: Count,
    }),
  ),
  /** Counting ended at a limit, and there is more. */
  cut: Type.Boolean(),
});
export type RetentionAnswer = Static<typeof RetentionAnswer>;
