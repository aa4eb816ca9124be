/**
 * Makes the next migration from the difference between the schema and the newest snapshot:
 *
 *   bun storage/migrations/generate.ts short-name
 *
 * Read the SQL that comes out, then list it in `index.ts`. A migration that was released is never edited.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dir, '..', '..');
const out = join(import.meta.dir, 'sqlite');
const name = process.argv[2];
if (name === undefined) throw new Error('Say a short name: bun storage/migrations/generate.ts add-tries');

const { exitCode } = Bun.spawnSync(
  [
    join(root, 'node_modules/.bin/drizzle-kit'),
    'generate',
    '--dialect=sqlite',
    '--schema=./storage/schema/sqlite.ts',
    '--out=./storage/migrations/sqlite',
    `--name=${name}`,
  ],
  { cwd: root, stdio: ['inherit', 'inherit', 'inherit'], env: process.env },
);
if (exitCode !== 0) throw new Error(`drizzle-kit ended with ${exitCode}`);

// The generator knows no STRICT; without it SQLite would store text in an integer column.
for (const file of (await readdir(out)).filter((entry) => entry.endsWith('.sql'))) {
  const path = join(out, file);
  const sql = await readFile(path, 'utf8');
  await writeFile(path, sql.replaceAll(/^\);$/gm, ') STRICT;'));
}
