import { expect, test } from 'bun:test';
import { createRecent } from './deps.ts';
import { createSession } from './session.ts';

class MemoryStorage implements Storage {
  readonly #values = new Map<string, string>();
  get length(): number {
    return this.#values.size;
  }
  clear(): void {
    this.#values.clear();
  }
  getItem(key: string): string | null {
    return this.#values.get(key) ?? null;
  }
  key(index: number): string | null {
    return [...this.#values.keys()][index] ?? null;
  }
  removeItem(key: string): void {
    this.#values.delete(key);
  }
  setItem(key: string, value: string): void {
    this.#values.set(key, value);
  }
}

test('the token stays in the tab, choices outlive it', () => {
  const tab = new MemoryStorage();
  const lasting = new MemoryStorage();
  const session = createSession({ tab: () => tab, lasting: () => lasting });
  session.signIn('secret');
  session.choose('theme', 'dark');
  expect(lasting.length).toBe(1);
  expect(createSession({ tab: () => tab, lasting: () => lasting }).token()).toBe('secret');
  session.signOut();
  expect(session.token()).toBeNull();
  expect(tab.length).toBe(0);
  expect(session.choice('theme')).toBe('dark');
  session.choose('theme', null);
  expect(session.choice('theme')).toBeNull();
});

test('a browser that keeps nothing still works', () => {
  const blocked = (): Storage => {
    throw new Error('SecurityError');
  };
  const session = createSession({ tab: blocked, lasting: blocked });
  session.signIn('secret');
  session.choose('theme', 'dark');
  expect(session.token()).toBe('secret');
  expect(session.choice('theme')).toBeNull();
});

test('recent answers are bounded', () => {
  const recent = createRecent(2);
  recent.put('a', 1);
  recent.put('b', 2);
  recent.put('a', 3);
  recent.put('c', 4);
  expect([recent.get('a'), recent.get('b'), recent.get('c')]).toEqual([3, undefined, 4]);
});
