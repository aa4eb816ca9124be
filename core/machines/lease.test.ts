import { expect, test } from 'bun:test';
import { FarmError } from '../../agent/wire/farm-error.ts';
import type { Session } from '../../agent/wire/session.ts';
import { createLease, machineLost } from './lease.ts';

const never = new AbortController().signal;
const connectionLost = new FarmError('connection_lost', 'Cut', { blame: 'machine', retry: 'same' });

function session(name: string): Session {
  return { name } as unknown as Session;
}

function lease(first: Session | null) {
  const givenBack: string[] = [];
  const made = createLease({
    id: 'lse_1',
    machineId: 'mch_1',
    slot: 0,
    holder: { kind: 'build', id: 'bld_1' },
    begun: false,
    session: first,
    onGiveBack: (ended) => givenBack.push(ended.id),
  });
  return { made, givenBack };
}

test('work waits for the machine and starts anew on the next connection', async () => {
  const { made } = lease(null);
  const seen: Session[] = [];
  const [one, two] = [session('one'), session('two')];
  const done = made.use(never, async (current) => {
    seen.push(current);
    if (current === one) throw connectionLost;
    return 'done';
  });
  made.connected(one);
  await Promise.resolve();
  made.connected(two);
  expect(await done).toBe('done');
  expect(seen).toEqual([one, two]);
});

test('an error that is no broken link reaches the caller', async () => {
  const { made } = lease(session('one'));
  const full = new FarmError('disk_full', 'Full', { blame: 'machine' });
  await expect(made.use(never, () => Promise.reject(full))).rejects.toBe(full);
});

test('giving the machine up ends what waits and what runs', async () => {
  const { made } = lease(null);
  const waiting = made.use(never, async () => 1);
  made.lose(machineLost('m', 'it burnt down'));
  await expect(waiting).rejects.toMatchObject({ code: 'machine_lost' });
  const running = lease(session('one'));
  const hung = running.made.use(never, () => new Promise<never>(() => undefined));
  running.made.lose(machineLost('m', 'it burnt down'));
  await expect(hung).rejects.toMatchObject({ code: 'machine_lost', retry: 'elsewhere' });
});

test('the caller can stop waiting', async () => {
  const { made } = lease(null);
  const stop = new AbortController();
  const waiting = made.use(stop.signal, async () => 1);
  stop.abort(new FarmError('cancelled', 'Enough', { blame: 'caller' }));
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
});

test('a lease is given back once', () => {
  const { made, givenBack } = lease(null);
  made.giveBack();
  made.giveBack();
  expect(givenBack).toEqual(['lse_1']);
});
