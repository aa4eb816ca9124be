/** Configuration files of both kinds, made from good ones by all that can go wrong with them, through the readers of the product. */
import {
  type Builder,
  checkConfigText,
  defaultConfig,
  planBuild,
  readFarmConfig,
  readJson,
  readRepositoryConfig,
} from '../../core/builders/index.ts';
import { fakeCommitFiles } from '../fakes/commit-files.ts';
import { type Cases, eachCase } from './each-case.ts';
import { hostileJson, hostileText } from './hostile-values.ts';
import type { Chance } from './random.ts';

const farmFile = {
  name: 'Farm',
  repositories: [
    {
      name: 'site',
      url: 'https://git.example.test/site.git',
      branches: ['main', '!wip/**'],
      history: 5,
      poll: '30s',
    },
  ],
  hostTypes: [{ name: 'linux', os: 'linux', arch: 'x64', labels: ['gpu'], expected: 2 }],
  builders: [
    {
      name: 'linux-test',
      hostType: 'linux',
      steps: ['npm ci', 'npm test'],
      env: { A: '1' },
      secrets: { TOKEN: 'hunter2hunter2' },
      timeout: '30m',
      artifacts: ['dist/**'],
    },
  ],
  policies: { anonymousReading: true, logSize: '1GiB', away: '30s', weights: { try: 5 } },
};

const repositoryFile = {
  steps: ['make'],
  env: { A: '1' },
  artifacts: ['out/**'],
  timeout: '5m',
  silence: 60_000,
  builders: { 'linux-*': { steps: ['make test'] }, 'linux-test': { env: { B: '2' } } },
};

const secret = 'hunter2hunter2';
const urls = [
  'ext::sh -c x',
  '--upload-pack=x',
  'file:///etc',
  '/etc',
  'ssh://-oProxyCommand=x/y',
  'a@b:c',
  'http://u:p@h/x',
];

/** Longest that one file may take, whatever is in it. */
const patienceMs = 5_000;

export async function fuzzConfigs(
  options: Cases,
): Promise<{ readonly cases: number; readonly right: number }> {
  let right = 0;
  await eachCase('configs', options, async (chance) => {
    const kind = chance.pick(['farm', 'repository'] as const);
    const text = changedText(chance, kind === 'farm' ? farmFile : repositoryFile);
    const started = performance.now();
    try {
      if (kind === 'farm' ? farm(text) : await repository(text)) right++;
      const took = performance.now() - started;
      if (took > patienceMs) throw new Error(`It took ${Math.round(took)} ms`);
    } catch (error) {
      throw new Error(`${kind}: ${String(error)}\n${text.slice(0, 2_000)}`, { cause: error });
    }
  });
  return { cases: options.cases, right };
}

function changedText(chance: Chance, file: object): string {
  let value: unknown = structuredClone(file);
  for (let changes = chance.below(4); changes > 0; changes--) value = changed(chance, value);
  let text = JSON.stringify(value);
  if (chance.onceIn(4))
    text = text.replace(/"url":"[^"]*"/, () => `"url":${JSON.stringify(chance.pick(urls))}`);
  if (chance.onceIn(4)) text = damagedText(chance, text);
  // Longer ones are refused unread.
  return text.slice(0, 8 * 1024 * 1024);
}

/** One place of it is another value, has another name, is gone, or is there many times. */
function changed(chance: Chance, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || chance.onceIn(6)) return otherValue(chance, value);
  if (Array.isArray(value)) {
    const at = chance.below(value.length);
    if (chance.onceIn(5))
      return Array.from({ length: chance.pick([0, 0, 0, 101, 101, 1_001]) }, () => value[at] ?? null);
    return value.map((item, index) => (index === at ? changed(chance, item) : item));
  }
  const entries = Object.entries(value);
  const at = chance.below(entries.length);
  const changedEntries = entries.flatMap(([name, item], index): [string, unknown][] => {
    if (index !== at) return [[name, item]];
    if (chance.onceIn(6)) return [];
    if (chance.onceIn(6)) return [[hostileText(chance), item]];
    return [[name, changed(chance, item)]];
  });
  if (chance.onceIn(6))
    changedEntries.push([chance.pick(['__proto__', 'constructor', 'toString', '']), hostileJson(chance)]);
  return Object.fromEntries(changedEntries);
}

function otherValue(chance: Chance, value: unknown): unknown {
  if (typeof value === 'string' && chance.onceIn(2))
    return chance.pick([
      `${value}${hostileText(chance)}`,
      `${hostileText(chance)}${value}`,
      '*'.repeat(300),
      `${'a*'.repeat(200)}!`,
    ]);
  return hostileJson(chance);
}

function damagedText(chance: Chance, text: string): string {
  const at = chance.below(text.length);
  switch (chance.below(7)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + hostileText(chance) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(at + 1 + chance.below(5));
    case 3:
      return `\ufeff${text}`;
    case 4:
      return '['.repeat(chance.pick([65, 10_000, 250_000]));
    case 5:
      return text.replace('{', `{${'"x":{'.repeat(chance.below(2_000))}`);
    default:
      return `{"steps":["${'\\"'.repeat(50_000)}"],"name":"${' '.repeat(100_000)}"}`;
  }
}

/** True when it is right. Whatever it is, the same is said by the check of the CLI, and no secret is repeated. */
function farm(text: string): boolean {
  const problems = checkConfigText('farm', text);
  mustBeSayable(problems, text);
  const json = readJson(text);
  if ('fault' in json) return mustBeTold(problems);
  const read = readFarmConfig(json.value);
  if ('problems' in read) return mustBeTold(read.problems);
  if (problems.length > 0) throw new Error('The check finds faults that the reader takes');
  for (const { name } of [...read.config.repositories, ...read.config.hostTypes, ...read.config.builders])
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name))
      throw new Error(`It takes the name ${JSON.stringify(name)}`);
  for (const { url } of read.config.repositories)
    if (/^-|::|[\n\0]/.test(url)) throw new Error(`It takes the address ${JSON.stringify(url)}`);
  return true;
}

async function repository(text: string): Promise<boolean> {
  mustBeSayable(checkConfigText('repository', text), text);
  const planned = await planBuild(builder, fakeCommitFiles({ 'croft.json': text }));
  if (planned.outcome === 'refused') return mustBeTold(planned.problems);
  const { plan } = planned;
  const json = readJson(text);
  if ('fault' in json || 'problems' in readRepositoryConfig(json.value))
    throw new Error('It plans by a file that is wrong');
  if (plan.timeoutMs > builder.timeoutMs || plan.silenceMs > builder.silenceMs)
    throw new Error('The repository gave itself more time than the farm allows');
  if (plan.env['OWN'] !== 'of the farm') throw new Error('The repository changed a variable of the farm');
  if (plan.artifacts.some((glob) => glob.split(/[/\\]/).includes('..') || glob.startsWith('/')))
    throw new Error('An artifact leads out of the checkout');
  if (plan.steps.some(({ name }) => name.length > 200))
    throw new Error('A step has a name that fits nowhere');
  return true;
}

const builder: Builder = (() => {
  const [local] = defaultConfig({ repository: '/x', env: { OWN: 'of the farm' } }).builders;
  if (local === undefined) throw new Error('The default configuration has a builder');
  return { ...local, name: 'linux-test' };
})();

function mustBeTold(problems: readonly unknown[]): false {
  if (problems.length === 0) throw new Error('It is refused without a reason');
  return false;
}

function mustBeSayable(
  problems: readonly { path: string; problem: string; fix: string }[],
  text: string,
): void {
  if (problems.length > 110) throw new Error(`${problems.length} problems are told at once`);
  const said = JSON.stringify(problems);
  if (said.length > 400_000) throw new Error(`The problems are ${said.length} characters long`);
  const isWhereItBelongs = text.includes(`"TOKEN":"${secret}"`);
  if (isWhereItBelongs && said.includes(secret)) throw new Error('A problem repeats a secret');
}
