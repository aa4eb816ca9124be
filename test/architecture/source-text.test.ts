// biome-ignore-all lint/suspicious/noTemplateCurlyInString: programs as text are what this tests
import { expect, test } from 'bun:test';
import { codeOnly, importsOf } from './source-text.ts';

test('finds every way to name a module, and none in comments or strings', () => {
  const source = [
    "import { a } from './a.ts';",
    "import type { B } from './b.ts';",
    'import "./side-effect.ts";',
    "export { c } from './c.ts';",
    "export type { D } from './d.ts';",
    "export * from './e.ts';",
    'import {',
    '  f,',
    '  type G,',
    "} from './f.ts';",
    "const h = await import('./h.ts');",
    "// import { no } from './no.ts';",
    "/* export * from './no.ts'; */",
    'const text = "import x from \'./no.ts\'";',
  ].join('\n');
  expect(importsOf(source).map(({ specifier }) => specifier)).toEqual(
    ['a', 'b', 'side-effect', 'c', 'd', 'e', 'f', 'h'].map((name) => `./${name}.ts`),
  );
  expect(importsOf(source)[6]?.line).toBe(10);
});

test('what is only a word in a string, a comment, a template or a regular expression is no code', () => {
  const source = [
    "const a = 'Date.now()'; // Date.now()",
    'const b = /Date.now/g; /* Date.now */',
    'const c = `Date.now() ${"x"} Date.now()`;',
    'const d = 8 / 2; const e = x / Date.now();',
  ].join('\n');
  const code = codeOnly(source);
  expect(code.match(/Date\.now/g)).toHaveLength(1);
  expect(code.split('\n')[3]).toContain('Date.now()');
  expect(code.split('\n')).toHaveLength(4);
});

test('code inside of a template stays code', () => {
  expect(codeOnly('`at ${Date.now()} and ${f(`${Math.random()}`)}`')).toContain('Date.now()');
});
