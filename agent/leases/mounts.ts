/** Mounts that a build left below its work folder. They go before anything is removed: behind one may be the machine's own disk. */
import { sep } from 'node:path';
import type { Spawn } from '../platform/process.ts';
import { readProc } from '../platform/process-table.ts';

/** Mount points below `folder`, deepest first. Only root can leave any, so nobody else has to look. */
export function mountsBelow(folder: string): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const table = readProc('/proc/self/mountinfo')?.toString('utf8') ?? '';
  if (!table.includes(folder)) return [];
  return table
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((point) => point === folder || point.startsWith(folder + sep))
    .reverse();
}

export async function unmount(points: readonly string[], spawn: Spawn): Promise<void> {
  for (const point of points) await runTool(spawn, ['umount', '-l', point]);
}

/** Takes the attributes off that keep even root from removing a file. */
export async function clearAttributes(folder: string, spawn: Spawn): Promise<void> {
  await runTool(spawn, ['chattr', '-R', '-i', '-a', folder]);
}

/** Whether it worked shows in what is there afterwards. */
async function runTool(spawn: Spawn, argv: readonly string[]): Promise<void> {
  const tool = await spawn({ argv, cwd: '/', env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } }).catch(
    () => undefined,
  );
  if (tool === undefined) return;
  while ((await tool.output.read()) !== undefined);
  await tool.exited;
}

/** The table writes blanks and the like as octal. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
