import type { BenchConfig, BenchResult, UnitFact } from '../types.ts';
import { resultPrefix } from './line.ts';
import { shortestText } from './number-text.ts';

/** Writes the format in its canonical form; what is written reads back as the same results. */
export interface BenchWriter {
  /** The text of a result, after the configuration that changed. */
  result(result: BenchResult): string;
  unit(fact: UnitFact): string;
}

export function createBenchWriter(): BenchWriter {
  // Keys in the order in which they came.
  const written = new Map<string, string>();
  let last: BenchConfig = { entries: [], get: () => '', find: () => undefined };
  let wroteResult = false;

  function changes(config: BenchConfig): string {
    const before = last;
    last = config;
    if (config === before || sameEntries(config, before)) return '';
    let text = '';
    for (const [key, value] of written) {
      const entry = config.find(key);
      const now = entry?.origin === 'file' ? entry.value : '';
      if (now === value) continue;
      if (now === '') written.delete(key);
      else written.set(key, now);
      text += now === '' ? `${key}:\n` : `${key}: ${now}\n`;
    }
    for (const { key, value, origin } of config.entries) {
      if (origin !== 'file' || written.has(key)) continue;
      written.set(key, value);
      text += `${key}: ${value}\n`;
    }
    // Upstream marks the place with blank lines also where only an internal entry differs, as between two files.
    return `${wroteResult ? '\n' : ''}${text}\n`;
  }

  return {
    result(result) {
      const before = changes(result.config);
      wroteResult = true;
      let pairs = '';
      for (let place = 0; place < result.values.length; place++) {
        pairs += ` ${shortestText(result.values[place] as number)} ${result.units[place]?.written ?? ''}`;
      }
      return `${before}${resultPrefix}${result.name.full} ${result.iterations}${pairs}\n`;
    },
    unit: (fact) => `Unit ${fact.writtenUnit} ${fact.key}=${fact.value}\n`,
  };
}

function sameEntries(a: BenchConfig, b: BenchConfig): boolean {
  if (a.entries.length !== b.entries.length) return false;
  return a.entries.every(({ key, value }) => b.find(key)?.value === value);
}
