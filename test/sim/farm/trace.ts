/** What happened, line by line; its digest tells two runs apart by a byte. */
import type { Log, LogFields } from '../../../agent/kit/log.ts';
import type { Kernel } from '../kernel/kernel.ts';

export interface TraceLine {
  readonly at: number;
  readonly who: string;
  readonly what: string;
}

export interface Trace {
  add(who: string, what: string): void;
  /** The product's own log, as lines of `who`. */
  logOf(who: string, isAlive: () => boolean): Log;
  readonly lines: readonly TraceLine[];
  digest(): string;
}

/** `keep`: all lines, or only their digest and the last few. */
export function createTrace(
  kernel: Kernel,
  options: {
    readonly keep: boolean;
    readonly hide: string;
    /** Hears of every line of the product's own log. */
    readonly onEvent: (event: string, fields: LogFields) => void;
  },
): Trace {
  const lines: TraceLine[] = [];
  let digest = 0n;

  function add(who: string, what: string): void {
    const text = what.includes(options.hide) ? what.replaceAll(options.hide, '') : what;
    digest = BigInt(Bun.hash(`${kernel.now} ${who} ${text}`, digest));
    lines.push({ at: kernel.now, who, what: text });
    if (!options.keep && lines.length > 4_000) lines.splice(0, 2_000);
  }

  function logOf(who: string, isAlive: () => boolean, base: LogFields = {}): Log {
    function emit(event: string, fields: LogFields = {}): void {
      if (!isAlive()) return;
      options.onEvent(event, fields);
      const all = Object.entries({ ...base, ...fields }).filter(([, value]) => value !== undefined);
      add(who, `${event} ${all.map(([name, value]) => `${name}=${String(value)}`).join(' ')}`.trim());
    }
    return {
      info: emit,
      warn: emit,
      error: emit,
      with: (fields) => logOf(who, isAlive, { ...base, ...fields }),
    };
  }

  return {
    add,
    logOf: (who, isAlive) => logOf(who, isAlive),
    get lines() {
      return lines;
    },
    digest: () => digest.toString(16).padStart(16, '0'),
  };
}
