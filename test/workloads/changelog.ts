/** Dates of versions from a changelog in the form of "keep a changelog": `## [v1.2.8](…) - 2023-02-09`. */
export function changelogDates(text: string): ReadonlyMap<string, number> {
  const headings = text.matchAll(/^## \[?v?(\d[\w.+-]*?)\]?(?:\([^)\n]*\))? - (\d{4}-\d{2}-\d{2})\s*$/gm);
  return new Map([...headings].map(([, version = '', date = '']) => [version, Date.parse(date)]));
}
