import { expect, test } from 'bun:test';
import { logFilesConformance } from '../../storage/conformance/log-files.ts';
import { createMemoryLogDisk } from './memory-log-files.ts';

logFilesConformance('memory', async () => {
  const disk = createMemoryLogDisk();
  return {
    open: async () => disk.open(),
    remove: async () => undefined,
  };
});

const text = (content: string) => new TextEncoder().encode(content);

test('a crash keeps what was written, and as much of the rest as the disk had taken', async () => {
  const disk = createMemoryLogDisk();
  const file = await disk.open().open('a');
  await file.append(text('written '), 1);
  disk.hold();
  const lost = [file.append(text('under '), 2), file.append(text('way'), 3)];
  for (const append of lost) append.catch(() => undefined);
  disk.crash(1);
  const again = await disk.open().open('a');
  expect(new TextDecoder().decode(await again.read(0, 99))).toBe('written under ');
  expect(file.read(0, 1)).rejects.toMatchObject({ code: 'conflict' });
});

test('a power loss keeps what was synced', async () => {
  const disk = createMemoryLogDisk();
  const file = await disk.open().open('a');
  await file.append(text('synced'), 1);
  await file.sync();
  await file.append(text(' not'), 1);
  disk.powerLoss();
  expect((await disk.open().open('a')).size).toBe(6);
});
