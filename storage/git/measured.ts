import type { Clock } from '../../agent/kit/clock.ts';
import type { Tell } from '../../core/facts/types.ts';
import type { GitMirrors } from '../../core/source/ports.ts';

/** The same mirrors, which tell how long each fetch took and whether it went well. One that was broken off tells nothing. */
export function measuredMirrors<T extends GitMirrors>(
  mirrors: T,
  { clock, tell }: { readonly clock: Clock; readonly tell: Tell },
): T {
  async function update(...[target, signal]: Parameters<GitMirrors['update']>): Promise<void> {
    const startedAt = clock.monotonic();
    try {
      await mirrors.update(target, signal);
      tell({ type: 'git-fetch', ms: clock.monotonic() - startedAt, ok: true });
    } catch (error) {
      if (signal?.aborted !== true) tell({ type: 'git-fetch', ms: clock.monotonic() - startedAt, ok: false });
      throw error;
    }
  }
  return { ...mirrors, update };
}
