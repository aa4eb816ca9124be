/** Every page has an address in the hash, filters included, so that any view can be sent to somebody else. */
import { type BuildStateName, buildStateOf } from './build-states.ts';

export interface LineRange {
  readonly from: number;
  readonly to: number;
}

export interface GridRoute {
  readonly page: 'grid';
  readonly repo: string | null;
  readonly branch: string | null;
  /** Globs, any of which may match. */
  readonly builders: readonly string[];
  readonly state: BuildStateName | null;
  /** Part of a subject, an author or a hash. */
  readonly text: string;
}

export interface BuildsRoute {
  readonly page: 'builds';
  readonly repo: string | null;
  readonly builder: string | null;
  readonly commit: string | null;
  readonly state: BuildStateName | null;
}

export interface BuildRoute {
  readonly page: 'build';
  readonly id: string;
  /** Null: the newest. */
  readonly attempt: number | null;
  readonly line: LineRange | null;
}

export interface MachinesRoute {
  readonly page: 'machines';
  readonly state: string | null;
  readonly text: string;
}

export type Route =
  | GridRoute
  | BuildsRoute
  | { readonly page: 'commit'; readonly repo: string; readonly hash: string }
  | BuildRoute
  | MachinesRoute
  | { readonly page: 'machine'; readonly id: string }
  | { readonly page: 'pools' }
  | { readonly page: 'queue'; readonly class: string | null }
  | { readonly page: 'health' }
  | { readonly page: 'settings' }
  | { readonly page: 'unknown'; readonly hash: string };

export const gridRoute: GridRoute = {
  page: 'grid',
  repo: null,
  branch: null,
  builders: [],
  state: null,
  text: '',
};

export const buildsRoute: BuildsRoute = {
  page: 'builds',
  repo: null,
  builder: null,
  commit: null,
  state: null,
};

/** `120` or `120-140`; anything else is no range. */
export function parseLineRange(text: string | null): LineRange | null {
  const match = /^(\d{1,12})(?:-(\d{1,12}))?$/.exec(text ?? '');
  if (match?.[1] === undefined) return null;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first < 1 || last < 1) return null;
  return { from: Math.min(first, last), to: Math.max(first, last) };
}

export function formatLineRange(range: LineRange): string {
  return range.from === range.to ? String(range.from) : `${range.from}-${range.to}`;
}

function positive(text: string | null): number | null {
  const match = /^[1-9]\d{0,8}$/.exec(text ?? '');
  return match === null ? null : Number(match[0]);
}

/** Null when a part is not valid percent-encoding. */
function decodeParts(path: string): readonly string[] | null {
  try {
    return path.split('/').map(decodeURIComponent);
  } catch {
    // Somebody's broken link: shown as an unknown page, with the link itself.
    return null;
  }
}

type Reader = (parts: readonly string[], query: URLSearchParams) => Route | null;

const readers: Readonly<Record<string, Reader>> = {
  '': readGrid,
  grid: readGrid,
  builds: (_, query) => ({
    page: 'builds',
    repo: query.get('repo'),
    builder: query.get('builder'),
    commit: query.get('commit'),
    state: buildStateOf(query.get('state')),
  }),
  commit: ([, repo, hash]) => (repo && hash ? { page: 'commit', repo, hash } : null),
  build: ([, id], query) =>
    id
      ? {
          page: 'build',
          id,
          attempt: positive(query.get('attempt')),
          line: parseLineRange(query.get('line')),
        }
      : null,
  machines: (_, query) => ({
    page: 'machines',
    state: query.get('state'),
    text: query.get('text') ?? '',
  }),
  machine: ([, id]) => (id ? { page: 'machine', id } : null),
  pools: () => ({ page: 'pools' }),
  queue: (_, query) => ({ page: 'queue', class: query.get('class') }),
  health: () => ({ page: 'health' }),
  settings: () => ({ page: 'settings' }),
  tokens: () => ({ page: 'settings' }),
};

function readGrid(_: readonly string[], query: URLSearchParams): Route {
  return {
    page: 'grid',
    repo: query.get('repo'),
    branch: query.get('branch'),
    builders: query.getAll('builder').filter((glob) => glob !== ''),
    state: buildStateOf(query.get('state')),
    text: query.get('text') ?? '',
  };
}

/** Takes `location.hash`, with or without its `#`. Never throws: what is not an address is `unknown`. */
export function parseRoute(hash: string): Route {
  const text = hash.replace(/^#\/?/, '');
  const cut = text.indexOf('?');
  const parts = decodeParts(cut === -1 ? text : text.slice(0, cut));
  const query = new URLSearchParams(cut === -1 ? '' : text.slice(cut + 1));
  const name = parts?.[0] ?? null;
  const read = name === null || !Object.hasOwn(readers, name) ? undefined : readers[name];
  return (parts === null ? null : read?.(parts, query)) ?? { page: 'unknown', hash: text };
}

function withQuery(
  path: string,
  entries: readonly (readonly [name: string, value: string | number | null])[],
): string {
  const query = new URLSearchParams();
  for (const [name, value] of entries) if (value !== null && value !== '') query.append(name, String(value));
  const text = query.toString();
  return text === '' ? `#${path}` : `#${path}?${text}`;
}

/** The inverse of `parseRoute`. */
export function formatRoute(route: Route): string {
  switch (route.page) {
    case 'grid':
      return withQuery('grid', [
        ['repo', route.repo],
        ['branch', route.branch],
        ...route.builders.map((glob) => ['builder', glob] as const),
        ['state', route.state],
        ['text', route.text],
      ]);
    case 'builds':
      return withQuery('builds', [
        ['repo', route.repo],
        ['builder', route.builder],
        ['commit', route.commit],
        ['state', route.state],
      ]);
    case 'commit':
      return `#commit/${encodeURIComponent(route.repo)}/${encodeURIComponent(route.hash)}`;
    case 'build':
      return withQuery(`build/${encodeURIComponent(route.id)}`, [
        ['attempt', route.attempt],
        ['line', route.line === null ? null : formatLineRange(route.line)],
      ]);
    case 'machines':
      return withQuery('machines', [
        ['state', route.state],
        ['text', route.text],
      ]);
    case 'machine':
      return `#machine/${encodeURIComponent(route.id)}`;
    case 'queue':
      return withQuery('queue', [['class', route.class]]);
    case 'pools':
    case 'health':
    case 'settings':
      return `#${route.page}`;
    case 'unknown':
      return `#${route.hash}`;
  }
}

export function buildHref(id: string): string {
  return formatRoute({ page: 'build', id, attempt: null, line: null });
}

export function commitHref(repo: string, hash: string): string {
  return formatRoute({ page: 'commit', repo, hash });
}

export function machineHref(id: string): string {
  return formatRoute({ page: 'machine', id });
}
