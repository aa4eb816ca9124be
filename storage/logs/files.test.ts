import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patternOf } from '../conformance/blobs.ts';
import { contentOf, logFilesConformance } from '../conformance/log-files.ts';
import { openLogFiles } from './files.ts';
import { recordBytes } from './marks.ts';

const makeDir = () => mkdtemp(join(tmpdir(), 'croft-logs-'));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

logFilesConformance('folder', async () => {
  const dir = await makeDir();
  return {
    open: () => openLogFiles(join(dir, 'live')),
    remove: () => rm(dir, { recursive: true, force: true }),
  };
});

describe('what a killed process leaves', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await makeDir();
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  test('cut at any byte of either file, a log opens as a start of itself and takes more', async () => {
    const files = await openLogFiles(dir);
    const whole = await files.open('whole');
    for (const [i, text] of ['first ', 'second ', 'third'].entries()) await whole.append(bytes(text), 10 + i);
    await whole.close();
    const data = await readFile(join(dir, 'whole.out'));
    const marks = await readFile(join(dir, 'whole.at'));
    expect(marks.byteLength).toBe(3 * recordBytes);
    const ends = [0, 6, 13, 18];
    for (let dataBytes = 0; dataBytes <= data.byteLength; dataBytes += 3) {
      for (let marksBytes = 0; marksBytes <= marks.byteLength; marksBytes += 5) {
        await writeFile(join(dir, 'cut.out'), data.subarray(0, dataBytes));
        await writeFile(join(dir, 'cut.at'), marks.subarray(0, marksBytes));
        const file = await files.open('cut');
        const marked = ends[Math.floor(marksBytes / recordBytes)] ?? 0;
        expect(file.size).toBe(Math.min(marked, dataBytes));
        expect(await contentOf(file)).toBe(data.toString('utf8', 0, file.size));
        const { size } = file;
        await file.append(bytes('more'), 99);
        expect(file.marks().at(-1)).toEqual({ offset: size, at: 99 });
        await file.close();
        await files.remove('cut');
      }
    }
  });

  test('marks full of nonsense cost the log at most its times', async () => {
    const files = await openLogFiles(dir);
    await writeFile(join(dir, 'odd.out'), 'some output');
    await writeFile(join(dir, 'odd.at'), patternOf(160));
    const file = await files.open('odd');
    expect('some output').toStartWith(await contentOf(file));
    await file.append(bytes(' and more'), 1);
    expect(await contentOf(file)).toEndWith(' and more');
    await file.close();
  });

  test('a log whose bytes were lost with the machine opens as far as they are there', async () => {
    const files = await openLogFiles(dir);
    const file = await files.open('a');
    await file.append(bytes('0123456789'), 1);
    await file.close();
    await truncate(join(dir, 'a.out'), 4);
    const again = await files.open('a');
    expect(await contentOf(again)).toBe('0123');
    await again.close();
  });

  test('killed again and again while it writes, no acknowledged byte is lost or changed', async () => {
    const pattern = patternOf(1_000_003);
    for (const lines of [5, 60, 250]) {
      const acknowledged = await runAndKill(dir, lines);
      const files = await openLogFiles(dir);
      for (const [id, size] of acknowledged) {
        const file = await files.open(id);
        expect(file.size).toBeGreaterThanOrEqual(size);
        for (let at = 0; at < file.size; at += pattern.byteLength) {
          const part = await file.read(at, at + pattern.byteLength);
          expect(Buffer.compare(part, pattern.subarray(0, part.byteLength))).toBe(0);
        }
        for (const mark of file.marks()) expect(mark.at).toBe(Math.floor(mark.offset / 1_000));
        await file.close();
      }
    }
  });
});

/** The last acknowledged size of each log. */
async function runAndKill(dir: string, lines: number): Promise<Map<string, number>> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'crash-fixture.ts'), dir], {
    stdout: 'pipe',
    stderr: 'inherit',
    env: {},
  });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    if (text.split('\n').length > lines) child.kill('SIGKILL');
  }
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
  const finished = text.split('\n').slice(0, -1);
  return new Map(finished.map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
}
