/** A day in the bottle as data: who is there, what is wanted, and what goes wrong. A seed writes one; a shrinker crosses lines out. */

export interface StoryMachine {
  readonly name: string;
  readonly hostType: string;
  readonly slots: number;
  /** When it first comes. */
  readonly at: number;
}

export interface StoryBuilder {
  readonly name: string;
  readonly hostType: string;
  readonly steps: number;
  /** Typical time of one step. */
  readonly stepMs: number;
  readonly attempts: number;
  readonly artifacts: boolean;
}

export interface Push {
  readonly at: number;
  readonly branch: string;
  readonly commits: number;
}

/** A person asks for a build of a branch's head, or cancels one that waits or runs (`pick` of them, in order of their ids). */
export type Request =
  | { readonly kind: 'build'; readonly at: number; readonly builder: string; readonly branch: string }
  | { readonly kind: 'cancel'; readonly at: number; readonly pick: number }
  | {
      readonly kind: 'drain' | 'undrain' | 'quarantine' | 'release';
      readonly at: number;
      readonly machine: string;
    };

export type Fault =
  /** The connection breaks; both sides notice, and what was on its way is lost. */
  | { readonly kind: 'cut'; readonly at: number; readonly machine: string }
  /** Nothing passes in one direction or in both, and nobody is told; new connections hang too. */
  | {
      readonly kind: 'silence';
      readonly at: number;
      readonly machine: string;
      readonly forMs: number;
      readonly direction: 'both' | 'up' | 'down';
    }
  | {
      readonly kind: 'slow';
      readonly at: number;
      readonly machine: string;
      readonly forMs: number;
      readonly ms: number;
    }
  /** The process dies at its n-th call of the system from `at` on; `torn`: that write leaves this share of its bytes. */
  | {
      readonly kind: 'agent-crash';
      readonly at: number;
      readonly machine: string;
      readonly calls: number;
      readonly torn: number;
      readonly downMs: number;
    }
  | { readonly kind: 'agent-stop'; readonly at: number; readonly machine: string; readonly downMs: number }
  /** The whole machine: its processes too, and nobody hears of it. */
  | { readonly kind: 'power-cut'; readonly at: number; readonly machine: string; readonly downMs: number }
  | {
      readonly kind: 'coordinator-crash';
      readonly at: number;
      readonly calls: number;
      readonly torn: number;
      readonly downMs: number;
    }
  | { readonly kind: 'coordinator-stop'; readonly at: number; readonly downMs: number }
  /** Of the next transactions `count` fail, others between them do not, at their begin or at their commit. */
  | {
      readonly kind: 'store-error';
      readonly at: number;
      readonly count: number;
      readonly moment: 'begin' | 'commit';
    }
  | { readonly kind: 'disk-error'; readonly at: number; readonly host: string; readonly count: number }
  | { readonly kind: 'disk-full'; readonly at: number; readonly host: string; readonly forMs: number }
  | { readonly kind: 'clock-jump'; readonly at: number; readonly host: string; readonly ms: number }
  | { readonly kind: 'config'; readonly at: number; readonly variant: number }
  | { readonly kind: 'source-down'; readonly at: number; readonly forMs: number };

export interface Story {
  readonly seed: number;
  /** Nothing is asked and nothing breaks after this; then the farm gets time to finish. */
  readonly durationMs: number;
  readonly machines: readonly StoryMachine[];
  readonly builders: readonly StoryBuilder[];
  readonly pushes: readonly Push[];
  readonly requests: readonly Request[];
  readonly faults: readonly Fault[];
}

export const coordinatorHost = 'coordinator';

/** No machine of any story is of this type. */
export const impossibleHostType = 'host-none';
