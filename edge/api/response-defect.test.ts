import { expect, test } from 'bun:test';
import { Elysia, t } from 'elysia';
import { errorOf, problemResponse } from './problem.ts';

test('an answer that does not fit our own schema is our fault, and shows nothing', async () => {
  const app = new Elysia()
    .onError(({ code, error, request }) =>
      problemResponse(errorOf(code, error, request), { requestId: 'req_1' }),
    )
    .get('/', () => ({ name: 5, secret: 'hunter2' }) as never, { response: t.Object({ name: t.String() }) });
  const answer = await app.handle(new Request('http://localhost/'));
  const text = await answer.text();
  expect([answer.status, text.includes('hunter2')]).toEqual([500, false]);
  expect(JSON.parse(text)).toMatchObject({ code: 'internal', blame: 'farm' });
});
