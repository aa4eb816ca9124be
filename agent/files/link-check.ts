/**
 * Where the links of an archive lead. A link may point to anything inside the archive, there or not; none may leave it, also not by way
 * of another link. Links are followed as the system would, on what the archive itself says.
 */

/** Names from the root of the archive to the link, and what it points to, as bytes. */
export interface ArchiveLink {
  readonly names: readonly string[];
  readonly target: string;
}

/** As many as Linux follows. */
const mostSteps = 40;

/** `links` by their path, names joined by `/`. Gives the first link that leaves the archive, if one does. */
export function findEscape(links: ReadonlyMap<string, ArchiveLink>): ArchiveLink | undefined {
  for (const link of links.values()) if (escapes(link, links)) return link;
  return undefined;
}

function escapes(link: ArchiveLink, links: ReadonlyMap<string, ArchiveLink>): boolean {
  const at = link.names.slice(0, -1);
  if (link.target.startsWith('/')) return true;
  const todo = link.target.split('/').reverse();
  for (let steps = 0; todo.length > 0; ) {
    const name = todo.pop();
    if (name === undefined || name === '' || name === '.') continue;
    if (name === '..') {
      if (at.length === 0) return true;
      at.pop();
      continue;
    }
    const next = links.get([...at, name].join('/'));
    if (next === undefined) {
      at.push(name);
      continue;
    }
    // A circle leads nowhere, and so not out.
    if (++steps > mostSteps) return false;
    if (next.target.startsWith('/')) return true;
    todo.push(...next.target.split('/').reverse());
  }
  return false;
}
