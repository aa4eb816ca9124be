import { expect, test } from 'bun:test';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { openSlotTable } from './slot-table.ts';

test('what was saved is found by the next, also past its own slots', () => {
  const path = join(scratchFolder(), 'slots');
  const first = openSlotTable(path, 4);
  expect(first.found.size).toBe(0);
  first.save(0, 'lse_a');
  first.save(3, 'l'.repeat(64));
  first.save(1, 'lse_b');
  first.save(1, null);
  first.close();
  const second = openSlotTable(path, 2);
  expect([...second.found]).toEqual([
    [0, 'lse_a'],
    [3, 'l'.repeat(64)],
  ]);
  second.close();
});

test('a file that is damaged says nothing wrong', () => {
  const path = join(scratchFolder(), 'slots');
  writeFileSync(path, Buffer.alloc(300, 0xff));
  const table = openSlotTable(path, 2);
  expect(table.found.size).toBe(0);
  expect(statSync(path).size).toBeGreaterThanOrEqual(2 * 96);
  table.close();
});
