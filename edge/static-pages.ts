/** The dashboards' files, and the page that shows the API's document. */
import { leastCompressedBytes, takesGzip } from './compressed.ts';
import type { PageFile, Pages } from './pages/index.ts';

/** Answers null for a path or method that is none of the pages'. */
export function createPageAnswer(pages: Pages): (request: Request) => Response | null {
  const compressed = new WeakMap<PageFile, Uint8Array<ArrayBuffer>>();

  /** Once a file: they are few, and stay as long as the program runs. */
  function gzipped(file: PageFile): Uint8Array<ArrayBuffer> {
    const known = compressed.get(file) ?? Bun.gzipSync(file.body, { level: 9 });
    compressed.set(file, known);
    return known;
  }

  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return null;
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/' && searchParams.has('mode')) return null;
    const file = pages.get(pathname === '/' ? '/index.html' : pathname);
    if (file === undefined) return null;
    const isCompressed = file.body.length >= leastCompressedBytes && takesGzip(request);
    // One tag for one representation; a cache must not mix them up.
    const etag = isCompressed ? file.etag.replace(/"$/, '-gz"') : file.etag;
    const headers = {
      'content-type': file.contentType,
      etag,
      vary: 'accept-encoding',
      'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    };
    if (hasAlready(request, etag)) return new Response(null, { status: 304, headers });
    const body = isCompressed ? gzipped(file) : file.body;
    const encoding = isCompressed ? { 'content-encoding': 'gzip' } : {};
    return new Response(request.method === 'HEAD' ? null : body, {
      headers: { ...headers, ...encoding, 'content-length': String(body.length) },
    });
  };
}

function hasAlready(request: Request, etag: string): boolean {
  const tags = (request.headers.get('if-none-match') ?? '').split(',').map((tag) => tag.trim());
  return tags.some((tag) => tag === '*' || tag.replace(/^W\//, '') === etag);
}
