/**
 * The seam of the compiled program: `embedPages` (`embed.ts`) puts another text in the place of this module, with the bytes
 * (base64) of each file by its path. Run from source there are none, and `loadPages` bundles them.
 */
export const embeddedPages: Readonly<Record<string, string>> | null = null;
