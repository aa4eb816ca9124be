import { afterAll, beforeAll, expect, test } from 'bun:test';
import { createClient } from '../../edge/api/client.ts';
import { type ApiUnderTest, adminToken, startApi } from './harness.ts';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

test('the typed client reads, asks, and tells problems apart', async () => {
  const client = createClient(api.app, adminToken);
  const farm = await client.api.v1.farm.get();
  expect(farm.data?.you.name).toBe('admin');
  const asked = await client.api.v1.builds.post({ repo: 'repo', commit: 'main', builder: 'local' });
  expect(asked.data?.state).toBe('waiting');
  const found = await client.api.v1.builds({ id: asked.data?.id ?? '' }).get();
  expect(found.data?.builder).toBe('local');
  const wrong = await client.api.v1.builds.post({ repo: 'none', commit: 'main', builder: 'local' });
  expect([wrong.status, wrong.data]).toEqual([400, null]);
});
