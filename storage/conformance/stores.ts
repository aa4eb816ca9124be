/** What every database has to do, whatever it is: the suites in this folder are functions of a way to open one. */
import { afterEach, beforeEach } from 'bun:test';
import type { TokenStore } from '../../core/access/ports.ts';
import type { BuildStore } from '../../core/builds/ports.ts';
import type { SealedLogs } from '../../core/logs/ports.ts';
import type { MachineStore } from '../../core/machines/ports.ts';
import type { SourceStore } from '../../core/source/ports.ts';

export interface Stores {
  readonly builds: BuildStore;
  readonly sealedLogs: SealedLogs;
  readonly source: SourceStore;
  readonly machines: MachineStore;
  readonly tokens: TokenStore;
  close(): Promise<void>;
}

/** One empty database for one test. */
export interface Home {
  /** Opened once more after `close`, it holds what it held. */
  open(): Promise<Stores>;
  remove(): Promise<void>;
}

export type MakeHome = () => Promise<Home>;

/** Gives each test of the enclosing `describe` an empty database. */
export function freshStores(makeHome: MakeHome): { readonly now: Stores; reopen(): Promise<void> } {
  let home: Home;
  let stores: Stores;
  beforeEach(async () => {
    home = await makeHome();
    stores = await home.open();
  });
  afterEach(async () => {
    await stores.close();
    await home.remove();
  });
  return {
    get now() {
      return stores;
    },
    async reopen() {
      await stores.close();
      stores = await home.open();
    },
  };
}
