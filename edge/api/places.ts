/** A bounded number of things that stay open, such as event streams: each holds a socket for as long as its reader likes. */
import { FarmError } from '../../agent/wire/farm-error.ts';

export interface Places {
  /** Gives the way to free the place again, which is harmless to do twice. Throws `too_many`. */
  take(): () => void;
  readonly taken: number;
}

const tryAgainMs = 5_000;

/** `what` is a plural: "event streams". */
export function createPlaces(what: string, most: number): Places {
  let taken = 0;
  return {
    get taken() {
      return taken;
    },
    take() {
      if (taken >= most) {
        throw new FarmError('too_many', `All ${most} places for ${what} are taken; try again later`, {
          blame: 'farm',
          retry: { afterMs: tryAgainMs },
        });
      }
      taken += 1;
      let isTaken = true;
      return () => {
        if (isTaken) taken -= 1;
        isTaken = false;
      };
    },
  };
}
