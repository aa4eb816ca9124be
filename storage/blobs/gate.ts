/** Lets at most `limit` actions run at once; the others wait in order of arrival. */
export interface Gate {
  run<T>(action: () => Promise<T>): Promise<T>;
}

export function createGate(limit: number): Gate {
  const waiting: (() => void)[] = [];
  let running = 0;

  return {
    async run(action) {
      // The one that leaves hands its place over, so nobody slips in between.
      if (running < limit) running++;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await action();
      } finally {
        const next = waiting.shift();
        if (next === undefined) running--;
        else next();
      }
    },
  };
}
