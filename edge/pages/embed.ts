import type { BunPlugin } from 'bun';
import { buildPages } from './build.ts';
import type { Pages } from './page-file.ts';

/** The text that takes the place of `embedded.ts`. */
export function embeddedModule(pages: Pages): string {
  const files = [...pages].map(([path, file]) => [path, file.body.toBase64()]);
  return `export const embeddedPages = ${JSON.stringify(Object.fromEntries(files))};\n`;
}

/** A plugin for the `Bun.build` that compiles Croft: bundles the pages once and embeds the result. */
export function embedPages(): BunPlugin {
  return {
    name: 'croft-pages',
    setup(build) {
      build.onLoad({ filter: /[\\/]edge[\\/]pages[\\/]embedded\.ts$/ }, async () => ({
        contents: embeddedModule(await buildPages()),
        loader: 'js',
      }));
    },
  };
}
