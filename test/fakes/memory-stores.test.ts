/** The fakes keep the contracts that the real stores keep. */
import type { BuildStore } from '../../core/builds/ports.ts';
import { blobConformance } from '../../storage/conformance/blobs.ts';
import { sourceStoreConformance } from '../../storage/conformance/source-store.ts';
import type { Home, Stores } from '../../storage/conformance/stores.ts';
import { createMemoryBlobs } from './memory-blobs.ts';
import { createMemoryBuilds } from './memory-build-store.ts';
import { createMemorySourceStore } from './memory-source-store.ts';

/** For what the suite at hand never touches. */
function untouched<T extends object>(known: object = {}): T {
  return new Proxy(known, {
    get(target, name) {
      if (name in target) return Reflect.get(target, name);
      throw new Error(`The fake has no ${String(name)}`);
    },
  }) as T;
}

async function memoryHome(): Promise<Home> {
  const builds = createMemoryBuilds();
  const source = createMemorySourceStore((repo, commit, builder) =>
    builds.all().some((build) => build.repo === repo && build.commit === commit && build.builder === builder),
  );
  const stores: Stores = {
    builds: untouched<BuildStore>(builds),
    source,
    sealedLogs: untouched(),
    machines: untouched(),
    tokens: untouched(),
    close: async () => {},
  };
  return { open: async () => stores, remove: async () => {} };
}

sourceStoreConformance('memory', memoryHome);

blobConformance(
  'memory',
  async () => ({ blobs: createMemoryBlobs(() => Date.now()), remove: async () => {} }),
  4 * 1024 * 1024,
);
