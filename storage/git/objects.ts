/** From the bytes of git's objects to what the farm wants to know of them. */
import type { Commit } from '../../core/source/types.ts';

const subjectCharacters = 500;

/** A commit object: header lines, an empty line, the message. */
export function parseCommit(repo: string, hash: string, object: Uint8Array): Commit {
  const headEnd = Buffer.from(object.buffer, object.byteOffset, object.byteLength).indexOf('\n\n');
  const head = object.subarray(0, headEnd < 0 ? object.byteLength : headEnd);
  const encoding = /^encoding (.+)$/m.exec(decode(head))?.[1];
  const lines = decode(head, encoding).split('\n');
  const message = headEnd < 0 ? '' : decode(object.subarray(headEnd + 2), encoding);
  const author = parsePerson(headerOf(lines, 'author'));
  return {
    repo,
    hash,
    tree: headerOf(lines, 'tree'),
    parents: lines.filter((line) => line.startsWith('parent ')).map((line) => line.slice('parent '.length)),
    author: { name: author.name, email: author.email },
    authoredAt: author.at,
    committedAt: parsePerson(headerOf(lines, 'committer')).at,
    subject: subjectOf(message),
  };
}

/** As `%s` of git-log gives it: the lines of the first paragraph as one. */
function subjectOf(message: string): string {
  const paragraph = message.replace(/^(?:[ \t]*\n)+/, '').split(/\n[ \t]*(?:\n|$)/)[0] ?? '';
  return cutSubject(
    paragraph
      .split('\n')
      .map((line) => line.trimEnd())
      .join(' ')
      .trimEnd(),
  );
}

export function cutSubject(subject: string): string {
  return subject.length <= subjectCharacters
    ? subject
    : Array.from(subject).slice(0, subjectCharacters).join('');
}

function headerOf(lines: readonly string[], name: string): string {
  return lines.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
}

function parsePerson(text: string): { readonly name: string; readonly email: string; readonly at: number } {
  const [, name = '', email = '', seconds = '0'] = /^(.*?) ?<([^>]*)>(?: (-?\d+))?/.exec(text) ?? [];
  return { name: name.trim(), email, at: instantOf(seconds) };
}

/** Milliseconds; what is no time that JavaScript could hold becomes 0. */
export function instantOf(seconds: string): number {
  const at = Number(seconds) * 1_000;
  return Math.abs(at) <= 8.64e15 ? at : 0;
}

function decode(bytes: Uint8Array, encoding = 'utf-8'): string {
  try {
    return new TextDecoder(encoding as Bun.Encoding, { ignoreBOM: true }).decode(bytes);
  } catch {
    // An encoding that nobody knows: what is ASCII in it can still be read.
    return new TextDecoder().decode(bytes);
  }
}

export interface TreeEntry {
  readonly kind: 'file' | 'folder' | 'link' | 'submodule';
  readonly name: string;
  readonly hash: string;
}

const kinds: Readonly<Record<string, TreeEntry['kind']>> = {
  '40000': 'folder',
  '120000': 'link',
  '160000': 'submodule',
};

/** A tree object: mode, space, name, NUL and a raw hash of `hashBytes`, again and again. */
export function parseTree(object: Uint8Array, hashBytes: number): TreeEntry[] {
  const bytes = Buffer.from(object.buffer, object.byteOffset, object.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const space = bytes.indexOf(0x20, at);
    const nul = bytes.indexOf(0, space);
    if (space < 0 || nul < 0) break;
    entries.push({
      kind: kinds[bytes.toString('latin1', at, space)] ?? 'file',
      name: bytes.toString('utf8', space + 1, nul),
      hash: bytes.toString('hex', nul + 1, nul + 1 + hashBytes),
    });
    at = nul + 1 + hashBytes;
  }
  return entries;
}
