/**
 * What happens in the farm, told as it happens to whoever counts. Those who do the work call `tell` and know nothing of counters;
 * the program hands in what listens (metrics), a plain test nothing. What can be asked for at any time (how much waits, which
 * machines are here) is no fact: it is in the figures of `core/health`.
 */
import type { Log } from '../../agent/kit/log.ts';
import { toFarmError } from '../../agent/wire/farm-error.ts';
import type { Fact, Tell } from './types.ts';

export type { Fact, Tell } from './types.ts';

/** For those whom nobody listens to. */
export const untold: Tell = () => undefined;

/** A listener that breaks must not hurt the build that it hears of: it is logged once and heard no more. */
export function tellTo(listener: (fact: Fact) => void, log: Log): Tell {
  let isBroken = false;
  return (fact) => {
    if (isBroken) return;
    try {
      listener(fact);
    } catch (error) {
      isBroken = true;
      log.error('facts.listener-broke', { fact: fact.type, message: toFarmError(error).message });
    }
  };
}
