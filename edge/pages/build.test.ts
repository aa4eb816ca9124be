import { expect, test } from 'bun:test';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildPages, loadPages } from './build.ts';
import { embeddedModule, embedPages } from './embed.ts';
import { exportPages } from './export.ts';
import { pagePolicy } from './page-file.ts';

const pages = await buildPages();

function text(path: string): string {
  return new TextDecoder().decode(pages.get(path)?.body);
}

test('one document, one script, one style and an icon', () => {
  const paths = [...pages.keys()].map((path) => path.replace(/-[a-z0-9]+\./, '-HASH.'));
  expect(paths.toSorted()).toEqual([
    '/assets/icon-HASH.svg',
    '/assets/main-HASH.css',
    '/assets/main-HASH.js',
    '/index.html',
  ]);
  for (const [path, file] of pages) expect(file.immutable).toBe(path !== '/index.html');
});

test('the document names files that are there, and holds no script or style of its own', () => {
  const html = text('/index.html');
  const named = [...html.matchAll(/(?:src|href)="\.([^"]+)"/g)].map((match) => match[1] ?? '');
  expect(named).toHaveLength(3);
  for (const path of named) expect(pages.has(path)).toBe(true);
  expect(html).not.toMatch(/<style|style="|<script(?![^>]* src=)|https?:\/\//);
});

test('everything comes from its own place, so that the policy can say so', () => {
  const style = text([...pages.keys()].find((path) => path.endsWith('.css')) ?? '');
  expect(style).not.toMatch(/url\(|@import|data:/);
});

test('what browsers get is small, and has no schema in it', () => {
  const path = [...pages.keys()].find((one) => one.endsWith('.js')) ?? '';
  const script = text(path);
  expect(script).not.toContain('TypeBox');
  expect(script).not.toMatch(/\binnerHTML\s*=[^=]*data|\beval\(|new Function/);
  expect(Bun.gzipSync(pages.get(path)?.body ?? new Uint8Array()).length).toBeLessThan(80_000);
});

test('the same sources give the same bytes', async () => {
  const again = await buildPages();
  expect([...again].map(([path, file]) => [path, file.etag])).toEqual(
    [...pages].map(([path, file]) => [path, file.etag]),
  );
});

test('another origin is named in the document and allowed by its policy', async () => {
  const away = await buildPages({ apiUrl: 'https://farm.example.org/croft/' });
  const html = new TextDecoder().decode(away.get('/index.html')?.body);
  expect(html).toContain('<meta name="croft-api" content="https://farm.example.org/croft">');
  expect(html).toContain("connect-src 'self' https://farm.example.org;");
});

test.each(['farm.example.org', 'ftp://farm', 'javascript:alert(1)'])(
  '%s is no address of an API',
  async (apiUrl) => {
    const refused = buildPages({ apiUrl });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_input', details: { field: 'apiUrl' } });
  },
);

test('the policy allows nothing inline', () => {
  expect(pagePolicy(null)).toContain("default-src 'self'");
  expect(pagePolicy(null)).not.toContain('unsafe');
});

test('run from source, pages are bundled when asked for', async () => {
  expect([...(await loadPages()).keys()]).toEqual([...pages.keys()]);
});

test('pages can be exported for any web server', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'croft-pages-'));
  try {
    const written = await exportPages(join(dir, 'site'), { apiUrl: 'https://farm.example.org' });
    expect(written).toHaveLength(pages.size);
    expect(
      (await readdir(join(dir, 'site'), { recursive: true })).filter((name) => /\.\w+$/.test(name)),
    ).toHaveLength(pages.size);
    expect(await Bun.file(join(dir, 'site/index.html')).text()).toContain('https://farm.example.org');
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('a compiled program carries them', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'croft-embed-'));
  try {
    const entry = join(dir, 'entry.ts');
    await Bun.write(
      entry,
      `import { loadPages } from '${import.meta.dir}/index.ts';
       const pages = await loadPages({ apiUrl: 'https://farm.example.org' });
       console.log(JSON.stringify([...pages].map(([path, file]) => [path, file.etag])));`,
    );
    const built = await Bun.build({
      entrypoints: [entry],
      target: 'bun',
      outdir: dir,
      plugins: [await embedPages()],
    });
    // Without the sources beside it nothing could be bundled any more.
    const run = Bun.spawn([process.execPath, built.outputs[0]?.path ?? ''], { stdout: 'pipe', cwd: dir });
    const listed = new Map(JSON.parse(await new Response(run.stdout).text()) as [string, string][]);
    for (const [path, file] of pages) if (file.immutable) expect(listed.get(path)).toBe(file.etag);
    expect(listed.has('/index.html')).toBe(true);
  } finally {
    await rm(dir, { recursive: true });
  }
});

test('the embedded module is data', () => {
  expect(embeddedModule(new Map())).toBe('export const embeddedPages = {};\n');
});
