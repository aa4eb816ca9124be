import { expect, test } from 'bun:test';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { scratchFolder } from '../../test/agent/scratch.ts';
import { openSpareFiles } from './spare-files.ts';

test('a file that is done with is emptied and used again, by the next agent too', () => {
  const folder = scratchFolder();
  const spareFolder = join(folder, 'spare');
  const spare = openSpareFiles(spareFolder, 2);
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  spare.place(a);
  expect(existsSync(a)).toBe(false);
  writeFileSync(a, 'secret of one run');
  const { ino } = statSync(a);
  spare.retire(a);
  expect(existsSync(a)).toBe(false);
  openSpareFiles(spareFolder, 2).place(b);
  expect(statSync(b).ino).toBe(ino);
  expect(readFileSync(b, 'utf8')).toBe('');
});

test('no more are kept than the limit says, and none takes the place of another', () => {
  const folder = scratchFolder();
  const spareFolder = join(folder, 'spare');
  for (let agent = 0; agent < 2; agent++) {
    const spare = openSpareFiles(spareFolder, 3);
    for (let index = 0; index < 5; index++) {
      const path = join(folder, `f${index}`);
      writeFileSync(path, 'x');
      spare.retire(path);
    }
    expect(readdirSync(spareFolder)).toHaveLength(3);
    spare.place(join(folder, `placed-${agent}`));
    expect(readdirSync(spareFolder)).toHaveLength(2);
  }
});
