import { expect, test } from 'bun:test';
import { createJsonLog } from '../../agent/kit/log.ts';
import { type Fact, tellTo, untold } from './index.ts';

const fact: Fact = { type: 'log-written', bytes: 1 };

test('a listener that breaks is told of once and hurts nobody', () => {
  const lines: string[] = [];
  let heard = 0;
  const tell = tellTo(
    () => {
      heard++;
      throw new Error('out of order');
    },
    createJsonLog({ now: () => 0, write: (line) => lines.push(line) }),
  );
  tell(fact);
  tell(fact);
  expect(heard).toBe(1);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('out of order');
});

test('nobody has to listen', () => {
  expect(untold(fact)).toBeUndefined();
});
