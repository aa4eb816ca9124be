/** The states of a build, from the contract; only its types are taken, so that no schema is sent to browsers. */
import type { Build } from '../../../api/model.ts';

export type BuildStateName = Build['state'];

/** Complete by its type: a new state does not compile before it has its place here. */
const places: Readonly<Record<BuildStateName, number>> = {
  waiting: 0,
  running: 1,
  passed: 2,
  failed: 3,
  cancelled: 4,
  error: 5,
};

export const buildStateNames = Object.keys(places) as readonly BuildStateName[];

/** Null for what is no state. */
export function buildStateOf(text: string | null): BuildStateName | null {
  return buildStateNames.find((name) => name === text) ?? null;
}
