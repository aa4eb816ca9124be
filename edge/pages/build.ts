import { FarmError } from '../../agent/wire/farm-error.ts';
import { embeddedPages } from './embedded.ts';
import { type PageFile, type Pages, pageFile, pagePolicy } from './page-file.ts';
import { renderDocument } from './template.ts';

export interface BuildOptions {
  /** Where the API is, when it is not where the pages are: `https://farm.example.org`. */
  readonly apiUrl?: string;
}

const entryScript = `${import.meta.dir}/app/main.tsx`;
const entryStyle = `${import.meta.dir}/app/styles/main.css`;
const iconFile = `${import.meta.dir}/app/icon.svg`;

/** Refuses anything but an http(s) address; gives it back without a slash at the end. */
export function checkedApiUrl(apiUrl: string | undefined): string | null {
  if (apiUrl === undefined || apiUrl === '') return null;
  const url = URL.parse(apiUrl);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) {
    throw new FarmError('invalid_input', `apiUrl: "${apiUrl}" is not an http or https address`, {
      blame: 'caller',
      details: { field: 'apiUrl' },
    });
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/**
 * Bundles the pages. Names of everything under `/assets/` carry a hash of the content. Identifiers are left as they are, so
 * that a stack trace from somebody's browser can be read. Rejects with `internal` when the sources do not bundle.
 */
export async function buildPages(options: BuildOptions = {}): Promise<Pages> {
  const apiUrl = checkedApiUrl(options.apiUrl);
  const built = await Bun.build({
    entrypoints: [entryScript, entryStyle],
    target: 'browser',
    format: 'esm',
    minify: { whitespace: true, syntax: true },
    sourcemap: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    naming: { entry: 'assets/[name]-[hash].[ext]' },
    throw: false,
  });
  if (!built.success) {
    throw new FarmError('internal', `The pages do not bundle: ${built.logs.map(String).join('; ')}`, {
      blame: 'farm',
    });
  }
  const pages = new Map<string, PageFile>();
  for (const output of built.outputs) {
    const path = `/${output.path.replace(/^\.?\//, '')}`;
    pages.set(path, pageFile(path, new Uint8Array(await output.arrayBuffer())));
  }
  const iconBytes = new Uint8Array(await Bun.file(iconFile).arrayBuffer());
  const icon = `/assets/icon-${Bun.hash(iconBytes).toString(36)}.svg`;
  pages.set(icon, pageFile(icon, iconBytes));
  return withDocument(pages, apiUrl);
}

function nameOf(pages: Pages, pattern: RegExp): string {
  const path = [...pages.keys()].find((candidate) => pattern.test(candidate));
  if (path === undefined)
    throw new FarmError('internal', `No file of the pages matches ${pattern}`, { blame: 'farm' });
  return `.${path}`;
}

/** Adds `/index.html` for an API address. The other files do not depend on it, so embedded ones serve every address. */
function withDocument(files: Pages, apiUrl: string | null): Pages {
  const html = renderDocument({
    script: nameOf(files, /^\/assets\/main-.*\.js$/),
    style: nameOf(files, /^\/assets\/main-.*\.css$/),
    icon: nameOf(files, /^\/assets\/icon-.*\.svg$/),
    apiUrl,
    policy: apiUrl === null ? null : pagePolicy(apiUrl),
  });
  const path = '/index.html';
  return new Map(files).set(path, pageFile(path, new TextEncoder().encode(html)));
}

/** The pages of this program: those compiled into it, else bundled now from their sources. */
export async function loadPages(options: BuildOptions = {}): Promise<Pages> {
  if (embeddedPages === null) return await buildPages(options);
  const files = new Map<string, PageFile>();
  for (const [path, base64] of Object.entries(embeddedPages)) {
    if (path !== '/index.html') files.set(path, pageFile(path, Uint8Array.fromBase64(base64)));
  }
  return withDocument(files, checkedApiUrl(options.apiUrl));
}
