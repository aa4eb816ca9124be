import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import type { Problem } from '../../edge/api/model.ts';
import { type ApiUnderTest, startApi } from './harness.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const runs = Number(process.env['CROFT_FUZZ_RUNS'] ?? 1_500);

/** Texts that have broken programs before, and any other. */
const hostile = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    '0',
    '-1',
    '1e999',
    'NaN',
    'null',
    'undefined',
    'true',
    '[]',
    '{}',
    '..',
    '../../etc/passwd',
    '%2e%2e%2f',
    '%00',
    '\u0000',
    '--upload-pack=x',
    "' or 1=1 --",
    '<script>alert(1)</script>',
    '$(reboot)',
    '`id`',
    '‮abc',
    '\ud800',
    '9'.repeat(400),
    'a'.repeat(5_000),
    '__proto__',
    'constructor',
  ),
  fc.string({ unit: 'binary', maxLength: 60 }),
);
const json = fc.oneof(
  fc.json(),
  fc.object({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.record({ repo: hostile, commit: hostile, builder: hostile }).map((value) => JSON.stringify(value)),
  fc
    .record({ name: hostile, scopes: fc.array(hostile), expiresInMs: fc.double() })
    .map((value) => JSON.stringify(value)),
  fc
    .record({ repository: fc.oneof(hostile, fc.dictionary(hostile, hostile)) })
    .map((value) => JSON.stringify(value)),
  hostile,
);

test('whatever is sent to any route is answered below 500, with a problem that can be read', async () => {
  const { routes } = api.app;
  const parameters = [
    'limit',
    'cursor',
    'repo',
    'branch',
    'builder',
    'state',
    'commit',
    'from',
    'count',
    'last',
    'offset',
    'attempt',
    'q',
    'regex',
    'page',
    'mode',
    'topics',
    'ignoreCase',
  ];
  const header = fc.tuple(
    fc.constantFrom(
      'range',
      'last-event-id',
      'if-none-match',
      'accept',
      'x-croft-token',
      'content-type',
      'x-any',
    ),
    hostile.map((text) => text.replace(/[^\u0020-\u007e]/g, '')),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...routes),
      fc.array(hostile, { minLength: 3, maxLength: 3 }),
      fc.array(fc.tuple(fc.constantFrom(...parameters), hostile), { maxLength: 4 }),
      json,
      fc.constantFrom<string | null | undefined>(undefined, undefined, undefined, null, 'wrong-token'),
      fc.array(header, { maxLength: 2 }),
      async ({ method, path }, values, query, body, token, headers) => {
        let next = 0;
        const filled = path.replace(
          /:[A-Za-z]+/g,
          () => encodeURIComponent(wellFormed(values[next++] ?? '')) || 'x',
        );
        const search = new URLSearchParams(query.map(([name, value]) => [name, wellFormed(value)]));
        const answer = await api.send(method, `${filled}?${search}`, {
          ...(method === 'GET' ? {} : { rawBody: wellFormed(body) }),
          ...(token === undefined ? {} : { token }),
          headers: Object.fromEntries(headers),
        });
        const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream') === true;
        if (isStream) await answer.body?.cancel();
        const text = isStream ? '' : await answer.text();
        expect([answer.status < 500, method, filled, text.slice(0, 300)]).toEqual([
          true,
          method,
          filled,
          text.slice(0, 300),
        ]);
        if (answer.status < 400) return;
        const problem = JSON.parse(text) as Problem;
        expect(problem).toMatchObject({ status: answer.status, code: expect.any(String) });
        // Who asks is no field; everything else that is wrong has a name.
        if (![401, 403, 429].includes(answer.status))
          expect([text, problem.field]).toEqual([text, expect.any(String)]);
      },
    ),
    { numRuns: runs },
  );
}, 120_000);

/** A lone surrogate can't be put on the wire at all. */
function wellFormed(text: string): string {
  return text.toWellFormed();
}
