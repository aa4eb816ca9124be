/** Readers of option values; commander shows what they throw together with the option's name. */
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from '../../../core/builders/index.ts';

export function choice(flags: string, description: string, values: readonly string[]): Option {
  return new Option(flags, description).choices([...values]);
}

/** A whole number of at least 1. */
export function count(text: string): number {
  const value = Number(text);
  if (!/^\d{1,9}$/.test(text) || value < 1) throw new InvalidArgumentError('It is a number from 1 on.');
  return value;
}

/** A TCP port; 0 lets the system choose one. */
export function port(text: string): number {
  const value = Number(text);
  if (!/^\d{1,5}$/.test(text) || value > 65535)
    throw new InvalidArgumentError('It is a number from 0 to 65535.');
  return value;
}

/** Milliseconds. */
export function duration(text: string): number {
  const value = parseDuration(text);
  if (value === null || value === 0) throw new InvalidArgumentError('Write it as 30m, 12h or 7d.');
  return value;
}

/** `read,build`, and may be repeated. */
export function commaList(text: string, before: readonly string[] | undefined): readonly string[] {
  const added = text.split(',').map((item) => item.trim());
  return [...(before ?? []), ...added.filter((item) => item !== '')];
}
