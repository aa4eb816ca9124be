/** The dashboards' files, and the page that shows the API's document. */
import type { Pages } from './pages/index.ts';

/** Null for a path or method that is none of the pages'. */
export function pageAnswer(pages: Pages, request: Request): Response | null {
  if (request.method !== 'GET' && request.method !== 'HEAD') return null;
  const url = new URL(request.url);
  if (url.pathname === '/' && url.searchParams.has('mode')) return null;
  const file = pages.get(url.pathname === '/' ? '/index.html' : url.pathname);
  if (file === undefined) return null;
  const headers = {
    'content-type': file.contentType,
    etag: file.etag,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  };
  if (request.headers.get('if-none-match') === file.etag) return new Response(null, { status: 304, headers });
  return new Response(request.method === 'HEAD' ? null : file.body, { headers });
}
