/**
 * The dashboards: static files that live on the public REST API and event streams alone. `app/` is the program that runs in the
 * browser; the files here turn it into bytes, at start when run from source (`buildPages`), ahead of time when Croft is compiled
 * (`embedPages`), or into a folder for any web server or bucket (`exportPages`). Nothing here knows a service of core:
 * whatever a page shows, another program can read as well.
 */
export { buildPages, loadPages } from './build.ts';
export { embedPages } from './embed.ts';
export { exportPages } from './export.ts';
export { type PageFile, type Pages, pagePolicy } from './page-file.ts';
