/** Our own log: one JSON line per event. A build's output is data and never goes through here. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log with fields that every line carries. */
  with(fields: LogFields): Log;
}

/** `write` gets one line without its newline. Fields never hold secrets: the caller picks them one by one. */
export function createJsonLog(
  deps: { now: () => number; write: (line: string) => void },
  base: LogFields = {},
): Log {
  function emit(level: string, event: string, fields: LogFields = {}): void {
    deps.write(
      JSON.stringify({ time: new Date(deps.now()).toISOString(), level, event, ...base, ...fields }),
    );
  }
  return {
    info: (event, fields) => emit('info', event, fields),
    warn: (event, fields) => emit('warn', event, fields),
    error: (event, fields) => emit('error', event, fields),
    with: (fields) => createJsonLog(deps, { ...base, ...fields }),
  };
}

export const silentLog: Log = { info() {}, warn() {}, error() {}, with: () => silentLog };
