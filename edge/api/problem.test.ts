import { expect, test } from 'bun:test';
import { type ErrorCode, errorCodes, FarmError } from '../../agent/wire/farm-error.ts';
import type { Problem } from './model.ts';
import { errorOf, problemResponse, statusOf } from './problem.ts';

async function problem(error: FarmError): Promise<{ body: Problem; headers: Headers; status: number }> {
  const response = problemResponse(error, { requestId: 'req_1' });
  return { body: (await response.json()) as Problem, headers: response.headers, status: response.status };
}

test('every code has a status of an error, and the caller is only blamed below 500', () => {
  for (const code of Object.keys(errorCodes) as ErrorCode[]) {
    expect(statusOf[code]).toBeGreaterThanOrEqual(400);
    expect(statusOf[code]).toBeLessThan(600);
  }
  expect(Object.keys(statusOf).sort()).toEqual(Object.keys(errorCodes).sort());
});

test('a problem names its code, its field and its request', async () => {
  const error = new FarmError('not_found', 'No build has the id "x"', {
    blame: 'caller',
    details: { field: 'id' },
  });
  const { body, headers, status } = await problem(error);
  expect(status).toBe(404);
  expect(headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  expect(body).toEqual({
    type: 'https://croft.invalid/problems/not_found',
    title: 'Not found',
    status: 404,
    detail: 'No build has the id "x"',
    code: 'not_found',
    blame: 'caller',
    requestId: 'req_1',
    field: 'id',
  });
});

test('nothing inside is shown', async () => {
  for (const code of ['internal', 'storage_failed'] as const) {
    const { body } = await problem(new FarmError(code, 'secret at /var/lib', { blame: 'farm' }));
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(body.detail).toContain('req_1');
  }
  const thrown = errorOf('UNKNOWN', new TypeError('secret of undefined'));
  expect(JSON.stringify((await problem(thrown)).body)).not.toContain('secret');
});

test('whoever has to wait is told for how long', async () => {
  const error = new FarmError('too_many', 'Wait', { blame: 'caller', retry: { afterMs: 1_200 } });
  expect((await problem(error)).headers.get('retry-after')).toBe('2');
  const unauthenticated = new FarmError('unauthenticated', 'Who?', { blame: 'caller' });
  expect((await problem(unauthenticated)).headers.get('www-authenticate')).toBe('Bearer realm="croft"');
});
