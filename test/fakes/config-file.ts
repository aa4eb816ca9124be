import type { ConfigFile } from '../../core/builders/ports.ts';

export interface FakeConfigFile extends ConfigFile {
  /** Undefined: no file. An Error: it cannot be read. */
  set(content: unknown): void;
  /** How often the content was read. */
  readonly reads: number;
}

export function fakeConfigFile(content: unknown): FakeConfigFile {
  let now = content;
  let revision = 1;
  let reads = 0;
  return {
    set(next) {
      now = next;
      revision++;
    },
    get reads() {
      return reads;
    },
    async read() {
      reads++;
      if (now instanceof Error) throw now;
      return now === undefined ? null : { file: '/etc/farm.json', content: now, revision: String(revision) };
    },
    async revision() {
      return now === undefined ? null : String(revision);
    },
  };
}
