/** What is asked of the API: every list and page, with usual filters and with the worst ones. */

export interface Known {
  readonly repo: string;
  /** Of a build of the newest commits. */
  readonly build: string;
  readonly commit: string;
  readonly oldCommit: string;
  readonly longLogBuild: string | null;
  readonly longLogLines: number;
  readonly machine: string;
  readonly builder: string;
  readonly commits: number;
}

export interface Asked {
  readonly name: string;
  /** Differs from round to round where an answer could otherwise be warm. */
  readonly path: (round: number) => string;
  /** Follows `next` from page to page, so many times a round. */
  readonly pages?: number;
}

const one = (name: string, path: string): Asked => ({ name, path: () => path });
const v1 = '/api/v1';

function cursor(kind: string, value: number | string): string {
  return Buffer.from(`${kind}:${value}`).toString('base64url');
}

export function askedRoutes(known: Known): readonly Asked[] {
  return [
    one('page /', '/'),
    one('healthz', '/healthz'),
    one('farm', `${v1}/farm`),
    one('repositories', `${v1}/repositories`),
    one('builders', `${v1}/builders`),
    one('machines, all', `${v1}/machines`),
    one('machine', `${v1}/machines/${known.machine}`),
    one('pools', `${v1}/pools`),
    one('queue', `${v1}/queue?limit=50`),
    { name: 'queue, all in pages of 500', path: () => `${v1}/queue?limit=500`, pages: 10 },
    ...gridRoutes(known),
    ...buildRoutes(known),
    ...logRoutes(known),
    one('dashboard JSON', '/?mode=json'),
    one('dashboard JSON, page 3000', '/?mode=json&page=3000'),
    one('status of machines, upstream', '/status/reverse.json'),
  ];
}

function gridRoutes({ commits }: Known): readonly Asked[] {
  const deep = (round: number) => cursor('grid', 1 + ((round * 104_729) % commits));
  const grid = `${v1}/grid?`;
  return [
    one('grid, as the page asks', `${grid}limit=60`),
    one('grid, 500 commits', `${grid}limit=500`),
    { name: 'grid, 60 commits anywhere', path: (round) => `${grid}limit=60&cursor=${deep(round)}` },
    { name: 'grid, 500 commits anywhere', path: (round) => `${grid}limit=500&cursor=${deep(round)}` },
    one('grid, old branch', `${grid}branch=release-3&limit=60`),
    one('grid, no such branch', `${grid}branch=nothing&limit=60`),
    one('grid, some builders', `${grid}builder=linux-*&limit=60`),
    one('grid, no such builder', `${grid}builder=nobody&limit=60`),
    one('grid, with failed', `${grid}state=failed&limit=60`),
    { name: 'grid, with error, whole history', path: () => `${grid}state=error&limit=60`, pages: 40 },
    {
      name: 'grid, error of one builder',
      path: () => `${grid}state=error&builder=linux-amd64&limit=60`,
      pages: 12,
    },
    one('grid, text found often', `${grid}text=ada%20runtime&limit=60`),
    {
      name: 'grid, text found nowhere, whole history',
      path: () => `${grid}text=nowhere&limit=60`,
      pages: 12,
    },
  ];
}

function buildRoutes(known: Known): readonly Asked[] {
  const builds = `${v1}/builds?`;
  return [
    one('builds, newest', `${builds}limit=50`),
    { name: 'builds, 40 pages of 500', path: () => `${builds}limit=500`, pages: 40 },
    { name: 'builds, rare state, all', path: () => `${builds}state=error&limit=500`, pages: 4 },
    one('builds, running (none)', `${builds}state=running`),
    { name: 'builds, waiting, all', path: () => `${builds}state=waiting&limit=500`, pages: 10 },
    one('builds of a builder', `${builds}builder=${known.builder}&limit=50`),
    one('builds of a builder, failed', `${builds}builder=${known.builder}&state=failed&limit=500`),
    one('builds of no builder', `${builds}builder=nobody`),
    one('builds of no repository', `${builds}repo=nothing&state=failed`),
    one('builds of a commit', `${builds}commit=${known.commit}&limit=500`),
    one('builds of a prefix of 4 digits', `${builds}commit=${known.oldCommit.slice(0, 4)}&limit=500`),
    one('build', `${v1}/builds/${known.build}`),
    one('artifacts of a build', `${v1}/builds/${known.build}/artifacts`),
    one('commit', `${v1}/commits/${known.repo}/${known.commit}`),
    one('commit, old', `${v1}/commits/${known.repo}/${known.oldCommit}`),
  ];
}

function logRoutes({ longLogBuild: id, longLogLines: lines }: Known): readonly Asked[] {
  if (id === null) return [];
  const log = `${v1}/builds/${id}/log`;
  return [
    one('build with a long log', `${v1}/builds/${id}`),
    one('log, last lines', `${log}/lines?last=500`),
    {
      name: 'log, 500 lines anywhere',
      path: (round) => `${log}/lines?count=500&from=${1 + ((round * 1_299_709) % Math.max(1, lines - 500))}`,
    },
    {
      name: 'log, 5000 lines anywhere',
      path: (round) => `${log}/lines?count=5000&from=${1 + ((round * 7_919) % lines)}`,
    },
    one('log, found soon', `${log}/search?q=file_7.go`),
    { name: 'log, a word far inside, to its end', path: () => `${log}/search?q=needle&limit=100`, pages: 60 },
    one('log, problems', `${log}/problems`),
  ];
}
