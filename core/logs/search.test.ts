import { describe, expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createMemoryLogs } from '../../test/fakes/memory-logs.ts';
import { type LogMatch, type LogSearch, logLimits } from './index.ts';

const encode = (text: string) => new TextEncoder().encode(text);

async function farmOf(text: string | Uint8Array, settings: Parameters<typeof createMemoryLogs>[0] = {}) {
  const farm = createMemoryLogs(settings);
  const writer = await farm.logs.open('a');
  await writer.append(typeof text === 'string' ? encode(text) : text, 1);
  return { farm, writer };
}

function ask(query: string, more: Partial<LogSearch> = {}): LogSearch {
  return { query, regex: false, ignoreCase: false, fromLine: 1, limit: 100, ...more };
}

/** `number:text` with the match in brackets. */
function marked({ line, from, to }: LogMatch): string {
  return `${line.number}:${line.text.slice(0, from)}[${line.text.slice(from, to)}]${line.text.slice(to)}`;
}

async function found(text: string, search: LogSearch): Promise<string[]> {
  const { farm } = await farmOf(text);
  return (await farm.logs.search('a', search)).matches.map(marked);
}

describe('places of a match', () => {
  test('are those of the text as given', async () => {
    expect(await found('日本 error\n\n😀error error\r\n', ask('error'))).toEqual([
      '1:日本 [error]',
      '3:😀[error] error',
    ]);
  });

  test('have escape sequences inside, but not around', async () => {
    const line = 'a \u001b[31mer\u001b[0mror\u001b[1m b';
    expect(await found(line, ask('error'))).toEqual(['1:a \u001b[31m[er\u001b[0mror]\u001b[1m b']);
    expect(await found(line, ask('^a e', { regex: true }))).toEqual([
      '1:[a \u001b[31me]r\u001b[0mror\u001b[1m b',
    ]);
    expect(await found(line, ask('b$', { regex: true }))).toEqual([
      '1:a \u001b[31mer\u001b[0mror\u001b[1m [b]',
    ]);
    expect(await found(line, ask('[31m'))).toEqual([]);
  });

  test('of a match without characters are one place', async () => {
    expect(await found('\u001b[1mx', ask('x*?', { regex: true }))).toEqual(['1:\u001b[1m[]x']);
  });
});

test('invalid UTF-8 is found as it is shown', async () => {
  const { farm } = await farmOf(Uint8Array.of(0x61, 0xff, 0x62, 10, 0xe2, 0x82, 10));
  const matches = (await farm.logs.search('a', ask('\ufffd'))).matches;
  expect(matches.map(marked)).toEqual(['1:a[\ufffd]b', '2:[\ufffd]']);
});

test('what lies past the cut of a line is not seen', async () => {
  const line = `${'x'.repeat(logLimits.lineBytes - 4)}NEEDLE\n`;
  const { farm } = await farmOf(`${line}${'y'.repeat(300_000)}NEEDLE\nNEEDLE\n`);
  expect((await farm.logs.search('a', ask('NEEDLE'))).matches.map((match) => match.line.number)).toEqual([3]);
  expect((await farm.logs.search('a', ask('NEED'))).matches.map((match) => match.line.number)).toEqual([
    1, 3,
  ]);
});

test('pages go on where the one before ended', async () => {
  const { farm, writer } = await farmOf('x1\nno\nx2\nx3\nno\n');
  const pages = async () => {
    const all: unknown[] = [];
    for (let next: number | null = 1; next !== null; ) {
      const page = await farm.logs.search('a', ask('x', { fromLine: next, limit: 1 }));
      all.push([page.matches.map((match) => match.line.text).join(), page.next]);
      next = page.next;
    }
    return all;
  };
  const expected = [
    ['x1', 2],
    ['x2', 4],
    ['x3', 5],
    ['', null],
  ];
  expect(await pages()).toEqual(expected);
  await farm.seal(writer);
  expect(await pages()).toEqual(expected);
});

test('a page ends when its time is up, and always gets on', async () => {
  const manual = createManualClock();
  let now = 0;
  const clock = { ...manual, monotonic: () => (now += 10), sleep: () => Promise.resolve() };
  const text = `${'x'.repeat(99)}\n`.repeat(20_000);
  const { farm } = await farmOf(`${text}needle\n`, { clock, options: { searchPageMs: 25 } });
  let pages = 0;
  let matches: readonly LogMatch[] = [];
  for (let next: number | null = 1; next !== null; pages++) {
    const page = await farm.logs.search('a', ask('needle', { fromLine: next }));
    expect(page.next === null || page.next > next).toBe(true);
    next = page.next;
    matches = [...matches, ...page.matches];
  }
  expect(pages).toBeGreaterThan(2);
  expect(matches.map((match) => match.line.number)).toEqual([20_001]);
});

test('an expression that costs much lets others have their turn, and its pages get on', async () => {
  const manual = createManualClock();
  let now = 0;
  let turns = 0;
  const sleep = async () => {
    turns++;
  };
  const clock = { ...manual, monotonic: () => (now += 10), sleep };
  const text = Array.from({ length: 800 }, (_, line) => (line ** 5).toString(2)).join('\n');
  const { farm } = await farmOf(`${text}\n${'01'.repeat(31)}c`, { clock, options: { searchPageMs: 60 } });
  const found: number[] = [];
  let pages = 0;
  for (let next: number | null = 1; next !== null; pages++) {
    const search = ask('0.{61}c', { regex: true, fromLine: next });
    const page = await farm.logs.search('a', search);
    found.push(...page.matches.map((match) => match.line.number));
    next = page.next;
  }
  expect(found).toEqual([801]);
  expect(turns).toBeGreaterThan(3);
  expect(pages).toBeGreaterThan(1);
});

test('a page holds a bounded amount of text', async () => {
  const { farm } = await farmOf(`${'x'.repeat(16_000)}\n`.repeat(400));
  const page = await farm.logs.search('a', ask('x', { limit: 1_000 }));
  expect(page.matches.length).toBeLessThan(300);
  expect(page.next).toBe(page.matches.length + 1);
});

test('a search can be given up', async () => {
  const { farm } = await farmOf('x\n');
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(farm.logs.search('a', ask('x'), signal)).rejects.toThrow('enough');
});

test('past the end there is nothing', async () => {
  const { farm } = await farmOf('x\n');
  expect(await farm.logs.search('a', ask('x', { fromLine: 2 }))).toEqual({ matches: [], next: null });
});

test('what can not be searched for is refused', async () => {
  const { farm } = await farmOf('x\n');
  const refused = [
    ask(''),
    ask('a\nb'),
    ask('x'.repeat(logLimits.queryChars + 1)),
    ask('(', { regex: true }),
  ];
  for (const search of refused) {
    await expect(farm.logs.search('a', search)).rejects.toMatchObject({
      code: 'invalid_input',
      details: { field: 'query' },
    });
  }
});

describe('windows', () => {
  test('have at most so many lines, and so much text', async () => {
    const { farm } = await farmOf('x\n'.repeat(logLimits.windowLines + 5));
    expect((await farm.logs.lines('a', { from: 1, count: 1e9 })).length).toBe(logLimits.windowLines);
    expect((await farm.logs.lines('a', { last: 1e9 })).at(-1)?.number).toBe(logLimits.windowLines + 5);
    const long = await farmOf(`${'x'.repeat(16_000)}\n`.repeat(400));
    const window = await long.farm.logs.lines('a', { from: 2, count: 400 });
    expect(window.length).toBe(Math.floor(logLimits.windowBytes / 16_000));
    const last = await long.farm.logs.lines('a', { last: 400 });
    expect([last.length, last.at(-1)?.number]).toEqual([window.length, 400]);
  });

  test('step over a line of any length', async () => {
    const { farm, writer } = await farmOf(`first\n${'x'.repeat(3_000_000)}\nthird\n`);
    const check = async () => {
      const lines = await farm.logs.lines('a', { from: 1, count: 10 });
      expect(lines.map((line) => [line.text.length, line.cut])).toEqual([
        [5, false],
        [logLimits.lineBytes, true],
        [5, false],
      ]);
      expect((await farm.logs.lines('a', { atOffset: 2_000_000, count: 1 }))[0]?.number).toBe(2);
    };
    await check();
    await farm.seal(writer);
    await check();
  });
});
