/** A page to browse the API's document that needs nothing from anywhere else. Its files are embedded as text. */

import type { Pages } from '../pages/index.ts';
import { pageFile } from '../pages/page-file.ts';
import icon from './icon.svg.txt' with { type: 'text' };
import style from './page.css.txt' with { type: 'text' };
import page from './page.html' with { type: 'text' };
import program from './page.js.txt' with { type: 'text' };

export function openapiPages(): Pages {
  const files = [
    ['/openapi', '/openapi/page.html', page],
    ['/openapi/icon.svg', '/openapi/icon.svg', icon],
    ['/openapi/page.css', '/openapi/page.css', style],
    ['/openapi/page.js', '/openapi/page.js', program],
  ] as const;
  return new Map(
    files.map(([path, name, text]) => [path, pageFile(name, new TextEncoder().encode(String(text)))]),
  );
}
