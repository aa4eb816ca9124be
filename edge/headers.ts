/** Headers that every answer carries: what a browser may do with it, and who may read it. */
import { pagePolicy } from './pages/index.ts';

const always: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
};

const policy = `${pagePolicy(null)}; frame-ancestors 'none'`;

/** Dashboards may stand on another web server: the API answers any origin, since nothing but a token in a header identifies. */
const shared: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'content-disposition, etag, x-croft-log-bytes, retry-after',
};

export function guarded(request: Request, response: Response): Response {
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(always)) if (!headers.has(name)) headers.set(name, value);
  if (!headers.has('content-security-policy')) headers.set('content-security-policy', policy);
  if (isShared(new URL(request.url).pathname))
    for (const [name, value] of Object.entries(shared)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

export function preflight(): Response {
  return new Response(null, {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers': 'authorization, content-type, last-event-id',
      'access-control-max-age': '86400',
    },
  });
}

function isShared(path: string): boolean {
  return (
    path.startsWith('/api/') || path.startsWith('/schema/') || path === '/openapi.json' || path === '/healthz'
  );
}
