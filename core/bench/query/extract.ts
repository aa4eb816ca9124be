/** What a key of the query languages means for a result. */
import { namedPart } from '../format/name.ts';
import type { BenchConfig, BenchName } from '../types.ts';

export type Extract = (name: BenchName, config: BenchConfig) => string;

/** `.name`, `.fullname`, `/k`, `/gomaxprocs`, or a key of the configuration, such as `.file` and `goos`. Missing is empty. */
export function extractor(key: string): Extract {
  if (key === '.name') return (name) => name.base;
  if (key === '.fullname') return (name) => name.full;
  if (key.startsWith('/')) return (name) => namedPart(name, key.slice(1));
  return (_, config) => config.get(key);
}

/** The full name without the parts that are named elsewhere; what is left out leaves no trace, but a base becomes `*`. */
export function reducedFullName(named: ReadonlySet<string>): Extract {
  const cutKeys = [...named].filter((key) => key.startsWith('/')).map((key) => `${key}=`);
  const cutsSuffix = named.has('/gomaxprocs');
  const cutsBase = named.has('.name');
  if (cutKeys.length === 0 && !cutsBase) return (name) => name.full;
  return (name) => {
    const base = cutsBase ? '*' : name.base;
    const parts = name.parts.filter((part) => !cutKeys.some((key) => part.startsWith(key)));
    return `${base}${parts.join('')}${cutsSuffix ? '' : name.suffix}`;
  };
}
