/** Time, chance, output and the environment are dependencies that are handed in. */
import { expect, test } from 'bun:test';
import { guardedUses } from './rules.ts';
import { isTest, readSourceFiles } from './source-files.ts';
import { codeOnly } from './source-text.ts';

const product = readSourceFiles()
  .filter((file) => !isTest(file.path))
  .map((file) => ({ path: file.path, lines: codeOnly(file.text).split('\n') }));

for (const use of guardedUses) {
  test(`${use.what}: only where it is allowed`, () => {
    const wrong = product
      .filter((file) => !use.allowed.test(file.path))
      .flatMap((file) =>
        file.lines.flatMap((line, index) =>
          use.pattern.test(line) ? [`${file.path}:${index + 1} ${line.trim()} (${use.instead})`] : [],
        ),
      );
    expect(wrong).toEqual([]);
  });
}
