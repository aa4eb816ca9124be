/** Programs that tests run against and that no package brings: looked for, never fetched, by a test. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

export type FoundTool =
  | { readonly found: true; readonly path: string }
  | { readonly found: false; readonly why: string };

/** In `CROFT_TOOLS_DIR`, by default `croft-tools/bin` in the cache folder of the operating system, and then on the PATH. */
export function findTool(name: string): FoundTool {
  const toolsDir = process.env['CROFT_TOOLS_DIR'] ?? join(toolsCache(), 'bin');
  const folders = [toolsDir, ...(process.env['PATH'] ?? '').split(delimiter)].filter(
    (folder) => folder !== '',
  );
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  const path = folders.map((folder) => join(folder, file)).find(isProgram);
  if (path !== undefined) return { found: true, path };
  return { found: false, why: `${name} is neither in ${toolsDir} nor on the PATH` };
}

/** Says on standard error what is left out, so that no green run hides it. */
export function warnSkipped(what: string, why: string): void {
  process.stderr.write(`SKIPPED ${what}: ${why}\n`);
}

/** Where tools are kept between runs, outside of the project. */
export function toolsCache(): string {
  return join(cacheFolder(), 'croft-tools');
}

function cacheFolder(): string {
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') {
    return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  }
  return process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or nothing that may be run: looked for elsewhere.
    return false;
  }
}
