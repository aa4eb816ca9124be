import { afterEach, beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { LogFile, LogFiles } from '../../core/logs/ports.ts';
import { patternOf } from './blobs.ts';

export interface LogHome {
  /** Opened once more, it holds what it held. */
  open(): Promise<LogFiles>;
  remove(): Promise<void>;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

export async function contentOf(file: LogFile): Promise<string> {
  return new TextDecoder().decode(await file.read(0, file.size));
}

export function logFilesConformance(name: string, makeHome: () => Promise<LogHome>): void {
  describe(`log files: ${name}`, () => {
    let home: LogHome;
    let files: LogFiles;
    beforeEach(async () => {
      home = await makeHome();
      files = await home.open();
    });
    afterEach(() => home.remove());

    test('appends are kept in call order, with their times', async () => {
      const file = await files.open('a1');
      expect(file.size).toBe(0);
      await Promise.all(['one ', 'two ', '', 'three'].map((text, i) => file.append(bytes(text), 100 + i)));
      expect(await contentOf(file)).toBe('one two three');
      expect(file.size).toBe(13);
      expect(file.marks()).toEqual([
        { offset: 0, at: 100 },
        { offset: 4, at: 101 },
        { offset: 8, at: 103 },
      ]);
      await file.close();
      const again = await (await home.open()).open('a1');
      expect(await contentOf(again)).toBe('one two three');
      expect(again.marks()).toEqual(file.marks());
      await again.close();
    });

    test('bytes of one time share a mark', async () => {
      const file = await files.open('a1');
      for (const [text, at] of [
        ['a', 5],
        ['b', 5],
        ['c', 6],
        ['d', 6],
        ['e', 5],
      ] as const) {
        await file.append(bytes(text), at);
      }
      expect(file.marks()).toEqual([
        { offset: 0, at: 5 },
        { offset: 2, at: 6 },
        { offset: 4, at: 5 },
      ]);
      await file.close();
    });

    test('any range is read, and past the end fewer bytes', async () => {
      const file = await files.open('a1');
      const whole = patternOf(3_000_000);
      for (let at = 0; at < whole.length; at += 700_000)
        await file.append(whole.subarray(at, at + 700_000), at);
      const ranges = [
        [0, 10],
        [699_999, 700_001],
        [2_999_999, 3_000_000],
        [2_999_990, 9e9],
        [3_000_000, 4e6],
        [5, 5],
      ];
      for (const [from = 0, to = 0] of ranges) {
        expect(Buffer.compare(await file.read(from, to), whole.subarray(from, to))).toBe(0);
      }
      await file.close();
    });

    test('reads while appending see what was appended before', async () => {
      const file = await files.open('a1');
      const whole = patternOf(400_000);
      const appending = (async () => {
        for (let at = 0; at < whole.length; at += 4_000)
          await file.append(whole.subarray(at, at + 4_000), at);
      })();
      for (let round = 0; round < 50; round++) {
        const { size } = file;
        const read = await file.read(0, size);
        expect(Buffer.compare(read, whole.subarray(0, size))).toBe(0);
      }
      await appending;
      await file.close();
    });

    test('a cut log goes on at its new end', async () => {
      const file = await files.open('a1');
      await Promise.all([file.append(bytes('abcdef'), 1), file.append(bytes('ghi'), 2), file.truncate(4)]);
      expect(file.marks()).toEqual([{ offset: 0, at: 1 }]);
      await file.append(bytes('XY'), 3);
      expect(await contentOf(file)).toBe('abcdXY');
      await expect(file.truncate(7)).rejects.toMatchObject({ code: 'conflict' });
      await file.truncate(0);
      expect([file.size, file.marks().length]).toEqual([0, 0]);
      await file.append(bytes('new'), 4);
      await file.sync();
      await file.close();
      const again = await (await home.open()).open('a1');
      expect([await contentOf(again), again.marks()]).toEqual(['new', [{ offset: 0, at: 4 }]]);
      await again.close();
    });

    test('logs are listed until they are removed', async () => {
      for (const id of ['b', 'a', 'c-1_X']) await (await files.open(id)).close();
      expect(await files.list()).toEqual(['a', 'b', 'c-1_X']);
      await files.remove('b');
      await files.remove('never-there');
      expect(await files.list()).toEqual(['a', 'c-1_X']);
      expect(await (await home.open()).list()).toEqual(['a', 'c-1_X']);
    });

    test('a log is open once, and a closed one takes nothing', async () => {
      const file = await files.open('a1');
      await expect(files.open('a1')).rejects.toMatchObject({ code: 'conflict' });
      await expect(files.remove('a1')).rejects.toMatchObject({ code: 'conflict' });
      const last = file.append(bytes('last'), 1);
      await Promise.all([file.close(), last]);
      await file.close();
      await expect(file.append(bytes('x'), 2)).rejects.toMatchObject({ code: 'conflict' });
      await expect(file.read(0, 1)).rejects.toMatchObject({ code: 'conflict' });
      const again = await files.open('a1');
      expect(await contentOf(again)).toBe('last');
      await again.close();
    });

    test('what is no id is refused', async () => {
      for (const id of ['', '.', '..', '../a', 'a/b', 'a.b', 'a\0', 'x'.repeat(129)]) {
        await expect(files.open(id)).rejects.toMatchObject({
          code: 'invalid_input',
          details: { field: 'id' },
        });
        await expect(files.remove(id)).rejects.toMatchObject({ code: 'invalid_input' });
      }
    });

    test('whatever is appended, cut and opened again, the log is what a plain string would be', async () => {
      const change = fc.oneof(
        fc.record({
          kind: fc.constant('append' as const),
          count: fc.nat({ max: 50 }),
          at: fc.nat({ max: 9 }),
        }),
        fc.record({ kind: fc.constant('truncate' as const), share: fc.nat({ max: 100 }) }),
        fc.record({ kind: fc.constant('reopen' as const) }),
      );
      let round = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(change, { maxLength: 20 }), async (changes) => {
          const id = `p${round++}`;
          let file = await files.open(id);
          let content = '';
          let times: number[] = [];
          for (const each of changes) {
            if (each.kind === 'append') {
              const text = String.fromCharCode(65 + (content.length % 26)).repeat(each.count);
              content += text;
              times.push(...Array.from({ length: each.count }, () => each.at));
              await file.append(bytes(text), each.at);
            } else if (each.kind === 'truncate') {
              const size = Math.floor((content.length * each.share) / 100);
              content = content.slice(0, size);
              times = times.slice(0, size);
              await file.truncate(size);
            } else {
              await file.close();
              file = await files.open(id);
            }
          }
          expect(await contentOf(file)).toBe(content);
          expect(timesOf(file)).toEqual(times);
          await file.close();
        }),
        { numRuns: 60 },
      );
    });
  });
}

/** The time of every byte. */
function timesOf(file: LogFile): number[] {
  const marks = file.marks();
  return marks.flatMap(({ offset, at }, i) =>
    Array.from({ length: (marks[i + 1]?.offset ?? file.size) - offset }, () => at),
  );
}
