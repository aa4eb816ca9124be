/** How durations, instants and sizes read. All durations are milliseconds, all instants ISO 8601 or milliseconds since 1970. */
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `850 ms`, `4.2 s`, `1m 05s`, `2h 05m`, `3d 04h`: two units at most, of even width so that columns line up. */
export function formatDuration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < second) return `${Math.round(value)} ms`;
  if (value < 9.95 * second) return `${(value / second).toFixed(1)} s`;
  const seconds = Math.round(value / second);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${twoDigits(seconds % 60)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)}h ${twoDigits(minutes % 60)}m`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)}d ${twoDigits(hours % 24)}h`;
}

/** For places of four or five characters: `9s`, `4m`, `2h`, `3d`. */
export function formatShortDuration(ms: number): string {
  const value = Math.max(0, ms);
  if (value < minute) return `${Math.round(value / second)}s`;
  if (value < hour) return `${Math.round(value / minute)}m`;
  if (value < 2 * day) return `${Math.round(value / hour)}h`;
  return `${Math.round(value / day)}d`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}

/** One unit: `12 s`, `5 min`, `3 h`, `4 days`. */
export function formatCoarse(ms: number): string {
  if (ms < minute) return `${Math.max(1, Math.floor(ms / second))} s`;
  if (ms < hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} days`;
}

/** `just now`, `12 s ago`, `5 min ago`, `in 3 min`; from 60 days on the date. */
export function formatRelative(at: number, now: number): string {
  const ago = now - at;
  if (Math.abs(ago) < 2 * second) return 'just now';
  if (Math.abs(ago) >= 60 * day) return formatDate(at);
  return ago > 0 ? `${formatCoarse(ago)} ago` : `in ${formatCoarse(-ago)}`;
}

/** The day in the reader's own time zone: `2026-03-14`. */
function formatDate(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${twoDigits(date.getMonth() + 1)}-${twoDigits(date.getDate())}`;
}

/** The reader's own time, to the second. */
function formatLocal(at: number): string {
  const date = new Date(at);
  return `${formatDate(at)} ${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}:${twoDigits(date.getSeconds())}`;
}

/** Both clocks, for the tooltip: local time and the UTC text of the API. */
export function formatExact(at: number): string {
  return `${formatLocal(at)} local, ${new Date(at).toISOString()} UTC`;
}

/** `09:31:07.120` in the reader's own time, as beside a log line. */
export function formatClock(at: number): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Null for null and for what is no instant. */
export function instantMs(iso: string | null | undefined): number | null {
  if (iso === null || iso === undefined) return null;
  const at = Date.parse(iso);
  return Number.isNaN(at) ? null : at;
}

const sizes = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let size = 0;
  while (value >= 1024 && size < sizes.length - 1) {
    value /= 1024;
    size++;
  }
  const digits = size === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits)} ${sizes[size] ?? ''}`;
}

/** `10 000 000`, with a narrow space that never breaks. */
export function formatCount(count: number): string {
  return String(Math.round(count)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** `1 build`, `3 builds`. */
export function plural(count: number, one: string, many: string = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** Text from elsewhere as a sentence: with one full stop, whether it came with one or not. */
export function sentence(text: string): string {
  return /[.!?…]$/.test(text.trim()) ? text.trim() : `${text.trim()}.`;
}

/** `in about 4 min (2–9 min)`: when a waiting build should start, as an honest interval. */
export function formatExpectedStart(
  expected: { readonly earliest: string; readonly likely: string; readonly latest: string },
  now: number,
): string {
  const left = (iso: string): number => Math.max(0, (instantMs(iso) ?? now) - now);
  const [earliest, likely, latest] = [left(expected.earliest), left(expected.likely), left(expected.latest)];
  if (latest < 5 * second) return 'any moment now';
  const about = likely < 5 * second ? 'any moment now' : `in about ${formatCoarse(likely)}`;
  const to = formatCoarse(latest);
  if (earliest < 5 * second) return `${about} (within ${to})`;
  const from = formatCoarse(earliest);
  if (from === to) return about;
  const [number, unit] = from.split(' ');
  return to.endsWith(` ${unit}`) ? `${about} (${number}–${to})` : `${about} (${from} to ${to})`;
}
