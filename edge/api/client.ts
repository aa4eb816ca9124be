/**
 * A typed client of the API for programs in TypeScript: paths, parameters and answers are checked by the compiler against the
 * routes themselves. `const { data, error } = await client.api.v1.builds.get({ query: { limit: 10 } })`.
 */
import { treaty } from '@elysiajs/eden';
import type { App } from './app.ts';

export type Client = ReturnType<typeof createClient>;

/** `place`: the coordinator's URL, or the app itself where there is no port. The token stays in a header, never in an address. */
export function createClient(place: string | App, token?: string) {
  return treaty<App>(place as string, {
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
}
