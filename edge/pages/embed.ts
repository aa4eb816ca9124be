import type { BunPlugin } from 'bun';
import { buildPages } from './build.ts';
import type { Pages } from './page-file.ts';

/** The text that takes the place of `embedded.ts`. */
export function embeddedModule(pages: Pages): string {
  const files = [...pages].map(([path, file]) => [path, file.body.toBase64()]);
  return `export const embeddedPages = ${JSON.stringify(Object.fromEntries(files))};\n`;
}

/**
 * A plugin for the `Bun.build` that compiles Croft: puts the pages into it. They are bundled before, since a build that waits for
 * another one from inside of a plugin never ends.
 */
export async function embedPages(): Promise<BunPlugin> {
  const contents = embeddedModule(await buildPages());
  return {
    name: 'croft-pages',
    setup(build) {
      build.onLoad({ filter: /[\\/]edge[\\/]pages[\\/]embedded\.ts$/ }, () => ({ contents, loader: 'js' }));
    },
  };
}
