/** What may become an argument of git, a file name or a line of its input: everything from outside is checked here first. */
import { invalidInput } from '../../agent/wire/farm-error.ts';

const repoPattern = /^[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
const hashPattern = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const abbreviationPattern = /^[0-9a-f]{4,64}$/;
const schemePattern = /^(?:https?|(?:git\+)?ssh|git|file):\/\/[^\s]+$/;
/** `user@host:path`, as ssh writes it. */
const scpPattern = /^(?:[A-Za-z0-9._-]+@)?[A-Za-z0-9][A-Za-z0-9._-]*:[^\s:][^\s]*$/;

/** The folder of a repository's mirror. Capital letters are written `+a`, for file systems that take `A` and `a` for one. */
export function mirrorFolder(repo: string): string {
  if (!repoPattern.test(repo) || repo.length > 100) {
    throw invalidInput(
      'repo',
      `"${repo.slice(0, 100)}" is no name of a repository: use letters, digits, ".", "_", "-" and "/"`,
    );
  }
  const name = repo.replaceAll(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`).replaceAll('/', '=');
  return `${name}.git`;
}

/** What `mirrorFolder` was given; null for a folder that is no mirror's. */
export function repoOfFolder(folder: string): string | null {
  if (!folder.endsWith('.git')) return null;
  const repo = folder
    .slice(0, -'.git'.length)
    .replaceAll('=', '/')
    .replaceAll(/\+([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return repoPattern.test(repo) && mirrorFolder(repo) === folder ? repo : null;
}

/** Only the ways that git can fetch by without running what the URL says. */
export function checkUrl(url: string): void {
  const isPath = url.startsWith('/') && !/[\r\n\0]/.test(url);
  if (isPath || schemePattern.test(url) || (scpPattern.test(url) && !url.includes('::'))) return;
  throw invalidInput('url', 'give an https, ssh, git or file URL, user@host:path, or an absolute path');
}

export function isHash(text: string): boolean {
  return hashPattern.test(text);
}

export function isAbbreviation(text: string): boolean {
  return abbreviationPattern.test(text);
}

export function checkHash(hash: string): void {
  if (!isHash(hash)) throw invalidInput('hash', `"${hash.slice(0, 100)}" is no full hash in lower case`);
}

/** The rules of git-check-ref-format: what passes means one branch or tag and nothing else (`a..b`, `a@{1}`, `a:b`). */
export function isRefName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 500) return false;
  if (/[\0-\x20\x7f~^:?*[\\]/.test(name) || name.includes('..') || name.includes('@{')) return false;
  return name
    .split('/')
    .every((part) => part !== '' && !part.startsWith('.') && !part.endsWith('.') && !part.endsWith('.lock'));
}

/** The segments of a path inside a tree; null when it is none. */
export function treePath(path: string): readonly string[] | null {
  const segments = path.split('/');
  return segments.every((segment) => segment !== '' && segment !== '.' && segment !== '..') ? segments : null;
}
