/** What every fuzzing script takes: `--cases N`, `--seed S` and `--only I`, which runs case I alone. */
import { parseArgs } from 'node:util';

export interface FuzzOptions {
  readonly cases: number;
  readonly seed: number;
  readonly first: number;
}

export function readFuzzOptions(defaults: { readonly cases: number }): FuzzOptions {
  const { values } = parseArgs({
    options: { cases: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
  });
  const seed = values.seed === undefined ? freshSeed() : numberOf('--seed', values.seed);
  if (values.only !== undefined) return { cases: 1, seed, first: numberOf('--only', values.only) };
  const cases = values.cases === undefined ? defaults.cases : numberOf('--cases', values.cases);
  return { cases, seed, first: 0 };
}

export function freshSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 1;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 0)
    throw new Error(`${name} takes a whole number, not "${text}"`);
  return number;
}

export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Resident memory of this process, MiB, after what nobody needs is gone. */
export function residentMiB(): number {
  Bun.gc(true);
  return Math.round(process.memoryUsage.rss() / 1024 ** 2);
}
