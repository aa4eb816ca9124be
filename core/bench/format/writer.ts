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
  // Keys in the order in which they first came; a deleted key keeps its place.
  const written = new Map<string, string>();
  let last: BenchConfig | null = null;
  let wroteResult = false;

  function changes(config: BenchConfig): string {
    if (config === last) return '';
    last = config;
    let text = '';
    for (const [key, value] of written) {
      const entry = config.find(key);
      const now = entry?.origin === 'file' ? entry.value : '';
      if (now === value) continue;
      written.set(key, now);
      text += now === '' ? `${key}:\n` : `${key}: ${now}\n`;
    }
    for (const { key, value, origin } of config.entries) {
      if (origin !== 'file' || written.has(key)) continue;
      written.set(key, value);
      text += `${key}: ${value}\n`;
    }
    return text === '' ? '' : `${wroteResult ? '\n' : ''}${text}\n`;
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
