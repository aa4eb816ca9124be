/**
 * Our own log: one line per event, JSON for programs, words for a person at a terminal. A build's output is data and never goes
 * through here. The same ids have the same names everywhere: `build`, `attempt`, `machine`, `lease`, `run`, `request`.
 */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Log;
}

/** From all to little. */
export const logLevels = ['info', 'warn', 'error'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  /** The least that is written. */
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
}

export interface LogDeps {
  readonly now: () => number;
  /** Gets one line without its newline. */
  readonly write: (line: string) => void;
}

interface Line {
  readonly at: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly fields: LogFields;
}

const formats: Readonly<Record<LogOptions['format'], (line: Line) => string>> = {
  json: ({ at, level, event, fields }) =>
    JSON.stringify({ time: new Date(at).toISOString(), level, event, ...fields }),
  text({ at, level, event, fields }) {
    const told = Object.entries(fields).flatMap(([name, value]) =>
      value === undefined ? [] : ` ${name}=${textOf(value)}`,
    );
    return `${new Date(at).toISOString().slice(11, 23)} ${level.padEnd(5)} ${event}${told.join('')}`;
  },
};

/** Plain words stand as they are; anything else is quoted, so that no value can look like another field or move the cursor. */
function textOf(value: string | number | boolean | null): string {
  if (typeof value !== 'string' || /^[\w./:@+-]+$/.test(value)) return String(value);
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Fields never hold secrets: the caller picks them one by one. */
export function createLog(deps: LogDeps, options: LogOptions, base: LogFields = {}): Log {
  const least = logLevels.indexOf(options.level);
  const format = formats[options.format];
  function writer(level: LogLevel): Log[LogLevel] {
    if (logLevels.indexOf(level) < least) return () => undefined;
    return (event, fields) =>
      deps.write(format({ at: deps.now(), level, event, fields: { ...base, ...fields } }));
  }
  return {
    info: writer('info'),
    warn: writer('warn'),
    error: writer('error'),
    with: (fields) => createLog(deps, options, { ...base, ...fields }),
  };
}

/** Everything, as JSON. */
export function createJsonLog(deps: LogDeps): Log {
  return createLog(deps, { level: 'info', format: 'json' });
}

export const silentLog: Log = { info() {}, warn() {}, error() {}, with: () => silentLog };
