/** One static file, ready to be answered as it is. */
export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  /** With its quotes, as the header wants it. */
  readonly etag: string;
  /** Its name changes with its content, so a browser may keep it for ever. */
  readonly immutable: boolean;
}

/** By path: `/index.html`, `/assets/main-abcd1234.js`. `/` is `/index.html`. */
export type Pages = ReadonlyMap<string, PageFile>;

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  map: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
};

function contentTypeOf(path: string): string {
  const ending = path.slice(path.lastIndexOf('.') + 1);
  return contentTypes[ending] ?? 'application/octet-stream';
}

export function pageFile(path: string, body: Uint8Array<ArrayBuffer>): PageFile {
  const digest = new Bun.CryptoHasher('sha256').update(body).digest('hex').slice(0, 32);
  return {
    body,
    contentType: contentTypeOf(path),
    etag: `"${digest}"`,
    immutable: path.startsWith('/assets/'),
  };
}

/**
 * The Content-Security-Policy under which the pages work: everything from their own place, plus the API when it has
 * another origin. `apiUrl` is null when the API answers where the pages stand.
 */
export function pagePolicy(apiUrl: string | null): string {
  const connect = apiUrl === null ? "'self'" : `'self' ${new URL(apiUrl).origin}`;
  return [
    "default-src 'self'",
    `connect-src ${connect}`,
    "base-uri 'none'",
    "form-action 'none'",
    "object-src 'none'",
  ].join('; ');
}
