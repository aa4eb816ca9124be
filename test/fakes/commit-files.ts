import type { CommitFiles } from '../../core/builders/ports.ts';

/** A commit's files from a table of paths; a path that ends in `/` is a folder that is otherwise empty, null is a link. */
export function fakeCommitFiles(table: Readonly<Record<string, string | null>>): CommitFiles {
  return {
    async listRoot() {
      const names = Object.keys(table).map((path) => {
        const [first = '', ...rest] = path.split('/');
        return rest.length === 0 ? first : `${first}/`;
      });
      return [...new Set(names)].sort();
    },
    async read(path, maxBytes) {
      const text = Object.hasOwn(table, path) ? table[path] : undefined;
      if (text === undefined || text === null || path.endsWith('/')) return null;
      const bytes = new TextEncoder().encode(text);
      return { text: new TextDecoder().decode(bytes.slice(0, maxBytes)), cut: bytes.length > maxBytes };
    },
  };
}
