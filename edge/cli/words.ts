/** How builds and machines read on a terminal. */
import type { Build, Machine } from '../api/model.ts';
import { buildHref } from '../pages/app/rules/route.ts';
import { formatDuration } from '../pages/app/rules/time.ts';
import type { Colour } from './terminal.ts';

export const stateColours: Readonly<Record<Build['state'], Colour>> = {
  waiting: 'grey',
  running: 'blue',
  passed: 'green',
  failed: 'red',
  cancelled: 'yellow',
  error: 'yellow',
};

export const machineColours: Readonly<Record<Machine['state'], Colour>> = {
  idle: 'green',
  busy: 'blue',
  away: 'red',
  draining: 'yellow',
  quarantined: 'red',
  revoked: 'grey',
};

const marks: Readonly<Record<Build['state'], string>> = {
  waiting: '·',
  running: '▸',
  passed: '✓',
  failed: '✗',
  cancelled: '−',
  error: '!',
};

/** A sign and the word, so that no meaning hangs on colour alone; a state of a newer farm has no sign. */
export function stateText(state: Build['state']): string {
  return `${marks[state] ?? '?'} ${state}`;
}

export function shortCommit(hash: string): string {
  return /^[0-9a-f]{40,}$/.test(hash) ? hash.slice(0, 10) : hash;
}

/** `linux-x64 of croft at 3c1f0a92bb` */
export function buildName(build: Pick<Build, 'repo' | 'commit' | 'builder'>): string {
  return `${build.builder} of ${build.repo} at ${shortCommit(build.commit)}`;
}

export function buildUrl(farmUrl: string, id: string): string {
  return `${farmUrl}/${buildHref(id)}`;
}

/** From the first instant to the second, or to now while it lasts; a dash before it began. */
export function tookText(from: string | null, to: string | null, now: number): string {
  if (from === null) return '-';
  return formatDuration((to === null ? now : Date.parse(to)) - Date.parse(from));
}
