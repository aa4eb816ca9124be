/** The farm's own file, written by its operator: `farm.config.ts` through `defineFarm`, or JSON. */
import { type Static, Type } from '@sinclair/typebox';
import { taskClasses } from '../scheduler/types.ts';
import { configLimits } from './config-limits.ts';
import { builderDefaults, policyDefaults, repositoryDefaults } from './defaults.ts';
import { formatDuration } from './duration.ts';
import {
  Artifacts,
  durationField,
  Env,
  globsField,
  integerField,
  listField,
  nameField,
  SchemaLink,
  Secrets,
  Steps,
  sizeField,
  textField,
} from './fields.ts';
import { formatSize } from './size.ts';

const Repository = Type.Object(
  {
    name: nameField({ description: 'What pages, logs and the API call it.', examples: ['website'] }),
    url: textField(
      {
        title: 'address',
        description:
          'Where git fetches it from: https, ssh, git or file URL, user@host:path, or an absolute path.',
        examples: ['https://git.example.org/website.git', '/srv/git/website.git'],
      },
      configLimits.urlLength,
    ),
    branches: Type.Optional(
      globsField(
        {
          description:
            'Branches to watch, as globs; `!glob` leaves some out. Empty: the one that the remote calls its HEAD.',
          examples: [
            ['main', 'release-*'],
            ['**', '!wip/**'],
          ],
          default: repositoryDefaults.branches,
        },
        'glob',
      ),
    ),
    builders: Type.Optional(
      globsField(
        {
          description: 'Builders that build it, as globs of their names; `!glob` leaves some out.',
          examples: [['*'], ['linux-*', '!linux-*-race']],
          default: repositoryDefaults.builders,
        },
        'glob',
      ),
    ),
    history: Type.Optional(
      integerField(
        {
          description:
            'How many commits of a branch that is seen for the first time are built, newest first.',
          examples: [20],
          default: repositoryDefaults.history,
        },
        1,
        configLimits.history,
      ),
    ),
    poll: Type.Optional(
      durationField({
        description: 'How often to look for new commits. A push hook makes it immediate.',
        examples: ['30s', '5m'],
        default: formatDuration(repositoryDefaults.pollMs),
      }),
    ),
  },
  { additionalProperties: false, title: 'repository', description: 'A git repository to watch.' },
);

const HostType = Type.Object(
  {
    name: nameField({
      description: 'What builders and joining machines call it.',
      examples: ['linux-amd64'],
    }),
    os: Type.Optional(
      nameField({
        description: 'Operating system, as Node.js names it. Left out: any.',
        examples: ['linux', 'darwin', 'win32', 'freebsd'],
      }),
    ),
    arch: Type.Optional(
      nameField({
        description: 'Architecture, as Node.js names it. Left out: any.',
        examples: ['x64', 'arm64'],
      }),
    ),
    labels: Type.Optional(
      listField(
        nameField({ description: 'One trait of the machines.', examples: ['gpu'] }),
        { description: 'Traits of these machines, for people.', examples: [['gpu', 'lab-2']] },
        { max: configLimits.labels },
      ),
    ),
    expected: Type.Optional(
      integerField(
        {
          description:
            'How many machines of this type there should be; fewer is told on the health page. 0: no expectation.',
          examples: [4],
          default: 0,
        },
        0,
        100_000,
      ),
    ),
  },
  { additionalProperties: false, title: 'host type', description: 'A kind of machine.' },
);

const Builder = Type.Object(
  {
    name: nameField({
      description: 'A column of the build grid.',
      examples: ['linux-amd64', 'linux-amd64-race'],
    }),
    hostType: nameField({ description: 'The host type whose machines run it.', examples: ['linux-amd64'] }),
    steps: Type.Optional(
      Type.Union([Steps, Type.Null()], {
        title: 'list of steps',
        description:
          "What a build does. Left out or null: the repository's croft.json says it, and without one Croft detects it.",
        examples: [['npm ci', 'npm test']],
      }),
    ),
    env: Type.Optional(Env),
    secrets: Type.Optional(Secrets),
    timeout: Type.Optional(
      durationField({
        description: 'Longest time for all steps of one attempt together.',
        examples: ['30m', '2h'],
        default: formatDuration(builderDefaults.timeoutMs),
      }),
    ),
    silence: Type.Optional(
      durationField({
        description: 'Longest time without a byte of output.',
        examples: ['5m', '15m'],
        default: formatDuration(builderDefaults.silenceMs),
      }),
    ),
    artifacts: Type.Optional(Artifacts),
    attempts: Type.Optional(
      integerField(
        {
          description: 'Attempts in all that failing machines may use up before the build ends as an error.',
          examples: [3],
          default: builderDefaults.attempts,
        },
        1,
        configLimits.attempts,
      ),
    ),
    priority: Type.Optional(
      integerField(
        { description: 'Higher goes first among equally urgent builds.', examples: [10], default: 0 },
        -1_000,
        1_000,
      ),
    ),
  },
  { additionalProperties: false, title: 'builder', description: 'A host type, a recipe, and how to run it.' },
);

const Weights = Type.Object(
  {
    interactive: Type.Optional(weightField('builds that a person asked for')),
    try: Type.Optional(weightField('builds of proposed changes')),
    'post-submit': Type.Optional(weightField('the newest commits of branches')),
    backfill: Type.Optional(weightField('older commits')),
  },
  {
    additionalProperties: false,
    title: 'weights',
    description: `How much of a busy farm each class of builds gets, one against the other: ${taskClasses.join(', ')}.`,
    examples: [policyDefaults.weights],
  },
);

function weightField(what: string) {
  return integerField({ description: `Weight of ${what}.`, examples: [100] }, 1, 1_000_000);
}

function keepRule(what: string) {
  return Type.Object(
    {
      age: Type.Optional(
        durationField({
          description: 'Older than this it goes. Left out: any age stays.',
          examples: ['90d'],
        }),
      ),
      size: Type.Optional(
        sizeField({
          description: 'When all of them together are larger, the oldest go. Left out: any size stays.',
          examples: ['200GiB'],
        }),
      ),
    },
    { additionalProperties: false, title: 'rule', description: what, examples: [{ age: '90d' }] },
  );
}

const Retention = Type.Object(
  {
    logs: Type.Optional(
      keepRule(
        'Logs of finished attempts, counted as the text that they hold. Pages say that one was removed.',
      ),
    ),
    artifacts: Type.Optional(keepRule('Files that finished builds kept. Pages say that one was removed.')),
    archives: Type.Optional(
      keepRule('Tars of source trees for machines; made again from the mirror when one is wanted.'),
    ),
    mirrors: Type.Optional(
      keepRule('Mirrors of repositories that are watched no longer; the age counts from their last use.'),
    ),
  },
  {
    additionalProperties: false,
    title: 'retention',
    description: 'How long what grows with every build is kept. Builds and their verdicts stay for ever.',
    examples: [
      { logs: { age: '400d' }, artifacts: { age: '90d', size: '200GiB' }, archives: { age: '30d' } },
    ],
  },
);

const Policies = Type.Object(
  {
    anonymousReading: Type.Optional(
      Type.Boolean({
        title: 'yes or no',
        description: 'Whether pages and the API can be read without signing in.',
        examples: [true],
        default: policyDefaults.anonymousReading,
      }),
    ),
    logSize: Type.Optional(
      sizeField({
        description: 'Bytes of log kept of one attempt; the middle of a longer one is dropped, and said so.',
        default: formatSize(policyDefaults.logBytes),
      }),
    ),
    away: Type.Optional(
      durationField({
        description:
          'How long a machine that lost its connection may stay away before its work is placed anew.',
        examples: ['30s', '5m'],
        default: formatDuration(policyDefaults.awayMs),
      }),
    ),
    quarantineAfter: Type.Optional(
      integerField(
        {
          description:
            'Infrastructure failures in a row, of different builds, that send a machine to quarantine.',
          examples: [3],
          default: policyDefaults.quarantineAfter,
        },
        1,
        1_000,
      ),
    ),
    weights: Type.Optional(Weights),
    retention: Type.Optional(Retention),
  },
  {
    additionalProperties: false,
    title: 'policies',
    description: 'Rules of the whole farm.',
    examples: [{ anonymousReading: false, away: '2m' }],
  },
);

export const FarmFile = Type.Object(
  {
    $schema: Type.Optional(SchemaLink),
    name: Type.Optional(
      textField(
        {
          description: 'Name of the farm, shown on every page.',
          examples: ['Example farm'],
          default: 'Croft',
        },
        100,
      ),
    ),
    repositories: listField(
      Repository,
      {
        description: 'The git repositories to watch.',
        examples: [[{ name: 'website', url: '/srv/git/website.git' }]],
      },
      { max: configLimits.listItems },
    ),
    hostTypes: Type.Optional(
      listField(
        HostType,
        {
          description: 'The kinds of machines. Left out: one, `local`, that any machine fits.',
          examples: [[{ name: 'linux-amd64', os: 'linux', arch: 'x64', expected: 4 }]],
        },
        { min: 1, max: configLimits.listItems },
      ),
    ),
    builders: Type.Optional(
      listField(
        Builder,
        {
          description:
            'The columns of the build grid. Left out: one, `local`, that does what each repository says.',
          examples: [[{ name: 'linux-amd64', hostType: 'linux-amd64' }]],
        },
        { min: 1, max: configLimits.listItems },
      ),
    ),
    policies: Type.Optional(Policies),
  },
  {
    additionalProperties: false,
    title: "Croft's farm configuration",
    description: 'Repositories, machines and builders of a farm.',
  },
);
export type FarmFile = Static<typeof FarmFile>;
