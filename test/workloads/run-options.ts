/** The command line of run.ts. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { croftName } from './croft.ts';
import { workloads } from './workloads.ts';

export interface RunOptions {
  readonly dir: string;
  readonly out: string;
  readonly only: readonly string[];
  readonly history: number;
  readonly slots: number;
  readonly deadlineMs: number;
  readonly keep: boolean;
}

/** Throws for what is missing, and for numbers that are none. */
export function readRunOptions(args: readonly string[]): RunOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      dir: { type: 'string' },
      out: { type: 'string' },
      only: { type: 'string' },
      history: { type: 'string', default: '20' },
      slots: { type: 'string', default: '2' },
      minutes: { type: 'string', default: '120' },
      keep: { type: 'boolean', default: false },
    },
  });
  if (values.dir === undefined || values.out === undefined) {
    throw new Error('Give --dir DIR (repositories and what was fetched) and --out DIR (the figures)');
  }
  return {
    dir: resolve(values.dir),
    out: resolve(values.out),
    only: values.only?.split(',') ?? [...workloads.map(({ name }) => name), croftName],
    history: wholeNumber('--history', values.history),
    slots: wholeNumber('--slots', values.slots),
    deadlineMs: wholeNumber('--minutes', values.minutes) * 60_000,
    keep: values.keep,
  };
}

function wholeNumber(option: string, text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new Error(`${option} is "${text}"; give a whole number over 0`);
}
