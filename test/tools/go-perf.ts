/** Upstream's own benchmark tools, which ours are held against: built once, at a fixed version, into the cache folder. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findTool, toolsCache } from './find-tool.ts';

const version = 'v0.0.0-20260908200009-22c9c6c9d4da';
const programs = ['benchstat', 'benchfilter', 'benchseries'] as const;
export type GoPerfTools = Readonly<Record<(typeof programs)[number], string>>;
export type FoundGoPerf =
  | { readonly found: true; readonly tools: GoPerfTools }
  | { readonly found: false; readonly why: string };

/** Needs Go, and its module proxy for the first time; where either is missing, the answer says so. */
export async function goPerfTools(): Promise<FoundGoPerf> {
  const folder = join(toolsCache(), 'go-perf', version);
  const ending = process.platform === 'win32' ? '.exe' : '';
  const tools = Object.fromEntries(
    programs.map((name) => [name, join(folder, `${name}${ending}`)]),
  ) as GoPerfTools;
  if (Object.values(tools).every(existsSync)) return { found: true, tools };
  const go = findTool('go');
  if (!go.found) return go;
  mkdirSync(folder, { recursive: true });
  const build = Bun.spawn(
    [go.path, 'install', ...programs.map((name) => `golang.org/x/perf/cmd/${name}@${version}`)],
    { env: { ...process.env, GOBIN: folder }, stdout: 'ignore', stderr: 'pipe', timeout: 240_000 },
  );
  const problem = await new Response(build.stderr).text();
  if ((await build.exited) === 0) return { found: true, tools };
  return { found: false, why: `go install of ${version} failed: ${problem.trim().split('\n').at(-1)}` };
}
