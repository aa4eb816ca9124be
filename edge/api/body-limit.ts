/** No body is read past its limit, whether or not it says how long it is. */
import { FarmError } from '../../agent/wire/farm-error.ts';

/** Push payloads of code hosts list every commit and its files. */
const limitsByPath: Readonly<Record<string, number>> = { '/hooks/git': 8 * 1024 * 1024 };

/** The server's own limit, past which it answers without asking us. */
export function largestBodyBytes(usualLimit: number): number {
  return Math.max(usualLimit, ...Object.values(limitsByPath));
}

/** The request with a body of at most the path's limit, or the usual one. Rejects with `too_large`. */
export async function withinLimit(request: Request, usualLimit: number): Promise<Request> {
  if (request.body === null) return request;
  const limit = limitsByPath[new URL(request.url).pathname] ?? usualLimit;
  const said = request.headers.get('content-length');
  if (said !== null) {
    if (Number(said) > limit) throw tooLarge(limit);
    return request;
  }
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of request.body) {
    bytes += part.length;
    if (bytes > limit) throw tooLarge(limit);
    parts.push(part);
  }
  const { url, method, headers, signal } = request;
  return new Request(url, { method, headers, signal, body: Buffer.concat(parts) });
}

function tooLarge(limit: number): FarmError {
  return new FarmError('too_large', `body: is over the limit of ${limit} bytes`, {
    blame: 'caller',
    details: { field: 'body', limit },
  });
}
