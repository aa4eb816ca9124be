/** Files of a commit. */
import type { GitMirrors } from '../../core/source/ports.ts';
import { lacks } from './commit-log.ts';
import type { MirrorView } from './mirror-view.ts';
import { checkHash, treePath } from './names.ts';
import { parseTree, type TreeEntry } from './objects.ts';

export interface Trees {
  /** Rejects with `source_unavailable` when the mirror lacks the commit. */
  mustHave(view: MirrorView, hash: string): Promise<void>;
  listRoot(view: MirrorView, hash: string): Promise<string[]>;
  readFile(
    view: MirrorView,
    hash: string,
    path: string,
    maxBytes: number,
  ): ReturnType<GitMirrors['readFile']>;
}

/** Some hundred thousand entries. */
const treeBytes = 64 * 1024 * 1024;

export function createTrees(): Trees {
  return {
    async mustHave({ repo, objects }, hash) {
      if ((await objects.read(`${hash}^{commit}`, 0)) === null) throw lacks(repo, hash);
    },

    async listRoot(view, hash) {
      const entries = await rootOf(view, hash);
      return entries.map(({ name, kind }) => (kind === 'folder' || kind === 'submodule' ? `${name}/` : name));
    },

    async readFile(view, hash, path, maxBytes) {
      const segments = treePath(path);
      let entries = await rootOf(view, hash);
      for (const [i, segment] of (segments ?? []).entries()) {
        const entry = entries.find(({ name }) => name === segment);
        const isLast = i + 1 === segments?.length;
        if (entry?.kind === 'file' && isLast) return await readBlob(view, entry.hash, maxBytes);
        if (entry?.kind !== 'folder' || isLast) return null;
        entries = await entriesOf(view, entry.hash);
      }
      return null;
    },
  };
}

async function rootOf(view: MirrorView, hash: string): Promise<TreeEntry[]> {
  checkHash(hash);
  const tree = await view.objects.read(`${hash}^{tree}`, treeBytes);
  if (tree === null) throw lacks(view.repo, hash);
  return parseTree(tree.bytes, hash.length / 2);
}

async function entriesOf({ objects }: MirrorView, hash: string): Promise<TreeEntry[]> {
  const tree = await objects.read(hash, treeBytes);
  return tree === null ? [] : parseTree(tree.bytes, hash.length / 2);
}

async function readBlob({ objects }: MirrorView, hash: string, maxBytes: number) {
  const blob = await objects.read(hash, maxBytes);
  if (blob === null) return null;
  const cut = blob.size > blob.bytes.byteLength;
  // A character that was cut in two is left out rather than replaced.
  return { text: new TextDecoder().decode(blob.bytes, { stream: cut }), cut };
}
