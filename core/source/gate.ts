/** Lets so many through at a time; the others wait in the order in which they came. */
export interface Gate {
  use<T>(work: () => Promise<T>): Promise<T>;
}

export function createGate(places: number): Gate {
  let free = places;
  const waiting: (() => void)[] = [];
  return {
    async use(work) {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        // The place goes straight to who waits longest, so nobody slips in between.
        if (next === undefined) free++;
        else next();
      }
    },
  };
}
