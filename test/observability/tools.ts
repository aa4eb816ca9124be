/** The real programs of Prometheus, where they are installed (Debian: `apt-get install prometheus`). */
import { test } from 'bun:test';

export const promtool = Bun.which('promtool');
export const prometheus = Bun.which('prometheus');

/** `test`, or a skip that nobody can overlook. */
export function testWith(program: string | null, name: string): typeof test | typeof test.skip {
  if (program !== null) return test;
  process.stderr.write(`\nSKIPPED: ${name} is not installed (Debian: apt-get install prometheus)\n\n`);
  return test.skip;
}

export interface Ran {
  readonly code: number;
  readonly text: string;
}

export async function run(argv: readonly string[], input = ''): Promise<Ran> {
  const child = Bun.spawn([...argv], { stdin: Buffer.from(input), stdout: 'pipe', stderr: 'pipe' });
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, text: out + err };
}
