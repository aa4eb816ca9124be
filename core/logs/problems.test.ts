/** Jump to error: what common tools print when they fail, and what only looks like it. */
import { describe, expect, test } from 'bun:test';
import { createManualClock } from '../../agent/kit/manual-clock.ts';
import { createMemoryLogs, type MemoryLogs } from '../../test/fakes/memory-logs.ts';
import { logLimits } from './limits.ts';
import { harmlessPattern, problemRules, sectionPattern } from './problem-rules.ts';
import { createProblemScanner } from './problem-scan.ts';
import { compileProgram } from './regex/program.ts';
import { parseExpression } from './regex/syntax.ts';

const encode = (text: string) => new TextEncoder().encode(text);

function problemsOf(text: string): string[] {
  const scan = createProblemScanner().scan();
  scan.push(encode(text));
  return scan.list().map((problem) => problem.text);
}

/** Each log, and the line that a person would look for. */
const logs: Record<string, readonly [wanted: string, ...lines: string[]]> = {
  'Go, a test': [
    '--- FAIL: TestParse (0.00s)',
    '=== RUN   TestParse',
    '    parse_test.go:12: got 1, want 2',
    '--- FAIL: TestParse (0.00s)',
    'FAIL',
    'FAIL\texample.com/parse\t0.01s',
    'ok  \texample.com/other\t0.02s',
    'FAIL',
  ],
  'Go, a panic': [
    'panic: runtime error: index out of range [3] with length 3',
    'running tests',
    'panic: runtime error: index out of range [3] with length 3',
    'goroutine 1 [running]:',
    'exit status 2',
  ],
  'Go, the compiler': ['./x.go:12:3: undefined: foo', '# example.com/x', './x.go:12:3: undefined: foo'],
  'C, the compiler and make': [
    "src/main.c:10:5: error: expected ';' before 'return'",
    'cc -c src/main.c',
    "src/main.c:10:5: error: expected ';' before 'return'",
    'make[1]: *** [Makefile:3: main.o] Error 1',
    'make: *** [all] Error 2',
  ],
  'C, the linker': [
    'main.o: in function `main`: undefined reference to `helper`',
    'main.o: in function `main`: undefined reference to `helper`',
    'collect2: error: ld returned 1 exit status',
  ],
  'Rust, the compiler': [
    'error[E0308]: mismatched types',
    '   Compiling app v0.1.0',
    'error[E0308]: mismatched types',
    ' --> src/main.rs:2:5',
    'error: could not compile `app` (bin "app") due to 1 previous error',
  ],
  'Rust, a test': [
    "thread 'tests::adds' panicked at src/lib.rs:9:9:",
    'test tests::adds ... FAILED',
    "thread 'tests::adds' panicked at src/lib.rs:9:9:",
    'test result: FAILED. 0 passed; 1 failed',
  ],
  TypeScript: [
    "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    "src/a.ts(3,7): error TS2322: Type 'string' is not assignable to type 'number'.",
    'npm ERR! code 2',
  ],
  pytest: [
    'E       assert 1 == 2',
    'tests/test_x.py F',
    '=================================== FAILURES ===',
    'E       assert 1 == 2',
    'FAILED tests/test_x.py::test_add - assert 1 == 2',
    '1 failed, 3 passed in 0.12s',
  ],
  'Python, an exception': [
    'Traceback (most recent call last):',
    'Traceback (most recent call last):',
    '  File "x.py", line 1, in <module>',
    "ValueError: invalid literal for int() with base 10: 'x'",
  ],
  'npm with Node': [
    "Error: Cannot find module 'left-pad'",
    'node:internal/modules/cjs/loader:1080',
    "Error: Cannot find module 'left-pad'",
    'npm error code ELIFECYCLE',
  ],
  TAP: ['not ok 2 - adds', 'ok 1 - starts', 'not ok 2 - adds', '# fail 1'],
  vitest: [' ✗ src/a.test.ts > adds', ' ✓ src/b.test.ts', ' ✗ src/a.test.ts > adds'],
  jest: ['  ● adds › two numbers', 'FAIL src/a.test.js', '  ● adds › two numbers'],
  'Bun, colourful': [
    '\u001b[31m(fail)\u001b[0m adds [0.10ms]',
    '\u001b[32m(pass)\u001b[0m starts',
    '\u001b[31m(fail)\u001b[0m adds [0.10ms]',
    ' 1 pass',
    ' 1 fail',
  ],
  Maven: [
    '[ERROR] COMPILATION ERROR : ',
    '[INFO] Scanning for projects...',
    '[ERROR] COMPILATION ERROR : ',
    '[INFO] BUILD FAILURE',
  ],
  Java: [
    'Exception in thread "main" java.lang.NullPointerException',
    'Exception in thread "main" java.lang.NullPointerException',
    'Caused by: java.io.IOException: closed',
  ],
  CMake: [
    'CMake Error at CMakeLists.txt:3 (find_package):',
    '-- Detecting C',
    'CMake Error at CMakeLists.txt:3 (find_package):',
  ],
  shell: ['sh: 1: cargo: not found', '+ cargo build', 'sh: 1: cargo: not found'],
  memory: ['fatal error: runtime: out of memory', 'linking', 'fatal error: runtime: out of memory'],
  sanitizer: [
    '==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x1',
    '==123==ERROR: AddressSanitizer: heap-use-after-free on address 0x1',
    'error: something smaller',
  ],
  'nothing but Croft': [
    'croft: step 1 of 1 failed with exit code 3 after 1 s',
    'hello',
    'croft: step 1 of 1 failed with exit code 3 after 1 s',
  ],
};

describe('the line that a person would look for comes first', () => {
  for (const [name, [wanted, ...lines]] of Object.entries(logs)) {
    test(name, () => expect(problemsOf(`${lines.join('\n')}\n`)[0]).toBe(wanted));
  }
});

test('what only looks like a problem is none', () => {
  const harmless = [
    '0 errors, 0 warnings',
    'Found no errors',
    'Tests: 12 passed, 0 failed',
    'failures: 0, errors: 0',
    ' 0 fail',
    'compiling error_handler.c',
    'ok   failure_test.go',
    'croft: step 1 of 1 passed in 3 s',
    'handled 3 terrors',
  ];
  expect(problemsOf(harmless.join('\n'))).toEqual([]);
});

test('the last section counts most, since the ones before it passed', () => {
  const text = [
    '##### step 1 of 2: build',
    'panic: expected by a test',
    '##### step 2 of 2: test',
    'error: the real one',
    'panic without a colon',
    '',
  ];
  expect(problemsOf(text.join('\n'))).toEqual(['error: the real one', 'panic: expected by a test']);
});

test('equal problems stand in the order of their lines', () => {
  expect(problemsOf('a.c:1:1: error: one\nb.c:1:1: error: two\nc.c:1:1: error: three')).toEqual([
    'a.c:1:1: error: one',
    'b.c:1:1: error: two',
    'c.c:1:1: error: three',
  ]);
});

test('a log of nothing but errors is bounded, in number and in time', () => {
  const lines = `${['error: x', 'panic: y', 'FAIL z', 'E   w', '0 errors'].join('\n')}\n`.repeat(100_000);
  const started = performance.now();
  const problems = problemsOf(lines);
  expect(problems.length).toBeLessThanOrEqual(logLimits.problems);
  expect(problems[0]).toBe('panic: y');
  expect(performance.now() - started).toBeLessThan(3_000);
});

test('a log of nothing but sections is bounded', () => {
  const started = performance.now();
  problemsOf('##### section\npanic: x\n'.repeat(100_000));
  expect(performance.now() - started).toBeLessThan(3_000);
});

test('a long line is cut, at a character', () => {
  const [problem] = problemsOf(`error: ${'x'.repeat(logLimits.problemChars - 8)}😀😀`);
  expect(problem?.length).toBe(logLimits.problemChars - 1);
  expect(problem?.isWellFormed()).toBe(true);
});

test('in whatever pieces it comes, the same is found', () => {
  const text = encode(
    `start\n${'x'.repeat(20_000)}\nerror: one\n\u001b[31mpanic: \u001b[0mtwo\nok\nFAIL: three`,
  );
  const whole = createProblemScanner().scan();
  whole.push(text);
  for (const size of [1, 2, 7, 1_000]) {
    const scan = createProblemScanner().scan();
    for (let at = 0; at < text.length; at += size) scan.push(text.subarray(at, at + size));
    expect(scan.list()).toEqual(whole.list());
    expect(scan.offset).toBe(text.length);
  }
});

async function logOf(farm: MemoryLogs, text: string) {
  const writer = await farm.logs.open('a');
  await writer.append(encode(text), 5_000);
  return writer;
}

test('problems of an open log grow with it, and are the same when it is sealed', async () => {
  const farm = createMemoryLogs();
  const writer = await logOf(farm, 'ok\nerror: one\nerror: unfinish');
  expect(await farm.logs.problems('a')).toEqual([
    { number: 2, offset: 3, at: 5_000, text: 'error: one', cut: false },
    { number: 3, offset: 14, at: 5_000, text: 'error: unfinish', cut: false },
  ]);
  await writer.append(encode('ed\npanic: two\n'), 6_000);
  const problems = await farm.logs.problems('a');
  expect(problems.map(({ number, text }) => `${number} ${text}`)).toEqual([
    '4 panic: two',
    '2 error: one',
    '3 error: unfinished',
  ]);
  await farm.seal(writer);
  expect(await farm.logs.problems('a')).toEqual(problems);
});

test('a question about a long open log takes bounded time, and the next one goes on', async () => {
  let now = 0;
  const manual = createManualClock();
  // Time passes with every look at the clock, and a pause ends at once.
  const clock = { ...manual, monotonic: () => now++, sleep: () => Promise.resolve() };
  const farm = createMemoryLogs({ clock, options: { problemsMs: 8 } });
  const line = `${'x'.repeat(99)}\n`;
  await logOf(farm, `${line.repeat(60_000)}panic: far away\n`);
  let asked = 0;
  while ((await farm.logs.problems('a')).length === 0) asked++;
  expect(asked).toBeGreaterThan(1);
  expect(asked).toBeLessThan(20);
});

test('every rule is an expression of both engines', () => {
  for (const pattern of [...problemRules.map((rule) => rule.pattern), harmlessPattern, sectionPattern]) {
    expect(() => new RegExp(pattern, 'u')).not.toThrow();
    expect(() => compileProgram(parseExpression(pattern, false))).not.toThrow();
  }
});
