import { expect, test } from 'bun:test';
import type { Plan } from '../../core/builders/types.ts';
import type { Build } from '../../core/builds/types.ts';
import { reproduceLines } from './reproduce.ts';

test('everything from outside is quoted, and credentials stay out', () => {
  const build = { repo: 'pro ject', commit: 'a'.repeat(40), builder: 'b' } as Build;
  const plan = {
    env: { NAME: "it's" },
    steps: [{ name: 'x', script: "echo 'hi'; $(id)" }],
  } as unknown as Plan;
  const lines = reproduceLines({ build, plan, url: 'https://user:secret@example.org/r.git' });
  expect(lines.join('\n')).not.toContain('secret');
  expect(lines[0]).toBe("git clone -- https://example.org/r.git 'pro ject-aaaaaaaaaa'");
  expect(lines).toContain(`export NAME='it'\\''s'`);
  expect(lines.at(-1)).toBe(`sh -e -c 'echo '\\''hi'\\''; $(id)'`);
});
