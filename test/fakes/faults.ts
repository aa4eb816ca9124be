import { FarmError } from '../../agent/wire/farm-error.ts';

export interface Faults {
  /** From now on the `count`th call fails: before it did anything, or after it did all of it. */
  arm(count: number, when: 'before' | 'after'): void;
  disarm(): void;
  /** The same port, failing as armed. Calls of all ports that share this are counted together. */
  over<T extends object>(port: T): T;
}

/** Ports whose every asynchronous call may fail, as when a disk, a network or the process dies around it. */
export function createFaults(): Faults {
  let left = Number.POSITIVE_INFINITY;
  let moment: 'before' | 'after' = 'before';
  const fault = () => new FarmError('storage_failed', 'Injected fault', { blame: 'farm', retry: 'same' });

  return {
    arm(count, when) {
      left = count;
      moment = when;
    },
    disarm() {
      left = Number.POSITIVE_INFINITY;
    },
    over(port) {
      return new Proxy(port, {
        get(target, name, receiver) {
          const member: unknown = Reflect.get(target, name, receiver);
          if (typeof member !== 'function') return member;
          return (...args: unknown[]) => {
            left--;
            const fails = left < 0;
            if (fails && moment === 'before') return Promise.reject(fault());
            const answer: unknown = Reflect.apply(member, target, args);
            if (!fails || !(answer instanceof Promise)) return answer;
            return answer.then(() => Promise.reject(fault()));
          };
        },
      });
    },
  };
}
