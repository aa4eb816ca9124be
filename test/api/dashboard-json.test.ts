import { afterAll, beforeAll, expect, test } from 'bun:test';
import { until } from '../farm/processes.ts';
import { type ApiUnderTest, startApi } from './harness.ts';
import { addPastBuild } from './past-build.ts';

let api: ApiUnderTest;
let head: string;
let failedId: string;
beforeAll(async () => {
  api = await startApi();
  await headIsFound();
  for (let count = 2; count <= 40; count++) api.repository.commit({ 'a.txt': `${count}` }, `Change ${count}`);
  api.coordinator.source.poke('repo');
  head = await headIsFound();
  failedId = (await addPastBuild(api, { state: 'failed', log: 'it broke\n' })).id;
  await addPastBuild(api, { state: 'passed', builder: 'another' });
});
afterAll(() => api.stop());

async function headIsFound(): Promise<string> {
  const hash = api.repository.git('rev-parse', 'HEAD');
  await until('the head is found', async () => {
    const [newest] = await api.coordinator.commits.branchCommits({ repo: 'repo', branch: 'main', limit: 1 });
    return newest?.hash === hash;
  });
  return hash;
}

interface Dashboard {
  readonly builders: readonly string[];
  readonly revisions: readonly {
    readonly repo: string;
    readonly revision: string;
    readonly date: string;
    readonly branch: string;
    readonly author: string;
    readonly desc: string;
    readonly results: readonly string[];
  }[];
}

async function dashboard(query = ''): Promise<Dashboard> {
  const answer = await api.send('GET', `/?mode=json${query}`);
  expect(answer.headers.get('content-type')).toBe('text/json; charset=utf-8');
  return (await answer.json()) as Dashboard;
}

test('a page of 30 commits, newest first, with results parallel to the builders', async () => {
  const { builders, revisions } = await dashboard();
  expect(builders).toEqual(['another', 'local']);
  expect(revisions).toHaveLength(30);
  const date = new Date(api.repository.git('show', '-s', '--format=%cI', head)).toISOString();
  expect(revisions[0]).toEqual({
    repo: 'repo',
    revision: head,
    date: date.replace('.000Z', 'Z'),
    branch: 'main',
    author: 'Ann Author <ann@example.test>',
    desc: 'Change 40',
    results: ['ok', `http://localhost/log/${failedId}`],
  });
  expect(revisions[1]?.results).toEqual(['', '']);
});

test('the log of a failure is where the cell says', async () => {
  const { revisions } = await dashboard();
  const path = new URL(revisions[0]?.results[1] ?? '').pathname;
  const answer = await api.send('GET', path);
  expect([answer.headers.get('content-type'), await answer.text()]).toEqual([
    'text/plain; charset=utf-8',
    'it broke\n',
  ]);
});

test('pages follow each other without gap or double, to an empty end', async () => {
  const pages = await Promise.all([0, 1, 2, 999_999].map((page) => dashboard(`&page=${page}`)));
  const subjects = pages.flatMap(({ revisions }) => revisions.map(({ desc }) => desc));
  expect(subjects).toEqual([
    ...Array.from({ length: 39 }, (_, index) => `Change ${40 - index}`),
    'The first commit',
  ]);
  expect(pages.map(({ revisions }) => revisions.length)).toEqual([30, 10, 0, 0]);
});

test('failures, a line each', async () => {
  const answer = await api.send('GET', '/?mode=failures&repo=repo&branch=main');
  expect(await answer.text()).toBe(`${head} local http://localhost/log/${failedId}\n`);
});

test('what can not be shown is named', async () => {
  const field = async (query: string) => {
    const answer = await api.send('GET', `/?${query}`);
    return [answer.status, ((await answer.json()) as { field?: string }).field];
  };
  expect(await field('mode=xml')).toEqual([400, 'mode']);
  expect(await field('mode=json&page=-1')).toEqual([400, 'page']);
  expect(await field('mode=json&page=x')).toEqual([400, 'page']);
  expect(await field('mode=json&repo=none')).toEqual([404, 'repo']);
  expect(await field('mode=json&branch=none')).toEqual([404, 'branch']);
  expect((await dashboard('&repo=&branch=&page=0')).revisions).toHaveLength(30);
});

test('status documents in upstream shape', async () => {
  const json = async (path: string) => await (await api.send('GET', path)).json();
  expect(await json('/status/reverse.json')).toEqual({
    HostTypes: {
      local: {
        HostType: 'local',
        Connected: 0,
        Expect: expect.any(Number),
        Idle: 0,
        Busy: 0,
        Waiters: expect.any(Number),
        Machines: {},
      },
    },
  });
  expect(await json('/status/post-submit-active.json')).toEqual([]);
  expect(await json('/builders?mode=json')).toMatchObject({
    Builders: { local: { Name: 'local', HostType: 'local' } },
    Hosts: { local: { HostType: 'local', IsReverse: true } },
  });
});
