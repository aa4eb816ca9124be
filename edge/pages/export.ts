import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type BuildOptions, loadPages } from './build.ts';

/**
 * Writes the pages into `dir` (made when missing; other files in it stay) for any web server or bucket. `apiUrl` is the farm's own
 * address; the farm has to allow the origin where the files will stand. Gives the paths of the files written.
 */
export async function exportPages(dir: string, options: BuildOptions): Promise<readonly string[]> {
  const written: string[] = [];
  for (const [path, file] of await loadPages(options)) {
    const target = join(resolve(dir), path);
    await mkdir(dirname(target), { recursive: true });
    await Bun.write(target, file.body);
    written.push(target);
  }
  return written;
}
