/** One action at a time for each key, in order of arrival. */
export interface KeyedLock {
  run<T>(key: string, action: () => Promise<T>): Promise<T>;
}

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(key, action) {
      const before = tails.get(key) ?? Promise.resolve();
      const result = before.then(action, action);
      tails.set(key, result);
      const forget = (): void => {
        if (tails.get(key) === result) tails.delete(key);
      };
      result.then(forget, forget);
      return result;
    },
  };
}
