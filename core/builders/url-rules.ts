import { type Path, problemAt } from './field-rules.ts';
import type { ConfigProblem } from './types.ts';

const schemes = ['https', 'http', 'ssh', 'git', 'git+ssh', 'file'];

/**
 * Only what git fetches without running a helper of the address's choice: `ext::sh -c …` and its like are programs, and what
 * begins with `-` is an option. The address is never repeated in the problem, since it may hold a password.
 */
export function urlRules(value: unknown, path: Path): readonly ConfigProblem[] {
  if (typeof value !== 'string' || value === '') return [];
  const problem = addressProblem(value);
  return problem === null
    ? []
    : [
        problemAt(
          path,
          problem,
          `Write a URL (${schemes.join(', ')}), "user@host:path", or an absolute path such as "/srv/git/website.git"`,
        ),
      ];
}

function addressProblem(address: string): string | null {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
  if (/[\u0000-\u001f\u007f]/.test(address)) return 'The address has a control character in it';
  if (address.trim() !== address) return 'The address has white space around it';
  if (address.startsWith('-')) return 'The address begins with "-", which git takes for an option';
  if (isPath(address)) return null;
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(address)?.[1]?.toLowerCase();
  if (scheme !== undefined) {
    if (!schemes.includes(scheme)) return `Croft fetches nothing by "${scheme}"`;
    return URL.canParse(address) ? null : 'The address is not a well-formed URL';
  }
  if (/^[A-Za-z0-9][A-Za-z0-9+.-]*::/.test(address))
    return 'The address names a helper program for git to run';
  return /^([A-Za-z0-9._~-]+@)?[A-Za-z0-9._-]+:[^\s]+$/.test(address)
    ? null
    : 'The address is neither a URL nor an absolute path';
}

function isPath(address: string): boolean {
  return address.startsWith('/') || /^[A-Za-z]:[\\/]/.test(address) || address.startsWith('\\\\');
}
