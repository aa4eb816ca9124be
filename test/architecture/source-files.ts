import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { type Import, importsOf } from './source-text.ts';

export const projectRoot = dirname(dirname(import.meta.dir));

export interface SourceFile {
  /** From the project's root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly ResolvedImport[];
}

/** `file` is inside of the project; null for a package or a built-in module. */
export interface ResolvedImport extends Import {
  readonly file: string | null;
}

/** Every TypeScript file of the product and its tests. */
export function readSourceFiles(): readonly SourceFile[] {
  const glob = new Bun.Glob('{agent,core,edge,env,storage,test}/**/*.{ts,tsx}');
  return [...glob.scanSync({ cwd: projectRoot })]
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
    .map(readSourceFile);
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(join(projectRoot, path), 'utf8');
  const imports = importsOf(text).map((one) => ({ ...one, file: resolveImport(path, one.specifier) }));
  return { path, text, imports };
}

function resolveImport(from: string, specifier: string): string | null {
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : null;
}

export function existsInProject(path: string): boolean {
  return existsSync(join(projectRoot, path));
}

/** Tests and what only they use may do as they like. */
export function isTest(path: string): boolean {
  return (
    path.startsWith('test/') ||
    /\.test\.tsx?$/.test(path) ||
    /\/(?:testing|conformance|fakes)\/|-fixture\.tsx?$/.test(path)
  );
}

/** The only places where concrete parts are made and joined. */
export function isCompositionRoot(path: string): boolean {
  return /(?:^|\/)main\.tsx?$/.test(path) && !path.startsWith('edge/pages/');
}
