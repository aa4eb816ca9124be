import { withoutUrlSecrets } from '../../agent/kit/url-secrets.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';

/** The lines in which git says what went wrong, in its own words. */
export function gitsWords(stderr: string): string {
  const lines = stderr
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^(?:hint|warning):/.test(line));
  const telling = lines.filter((line) => /^(?:fatal|error|remote|ssh|ERROR):/.test(line));
  const words = (telling.length > 0 ? telling : lines)
    .map((line) => line.replace(/^(?:fatal|error): /, ''))
    .slice(-4)
    .join('; ');
  return withoutUrlSecrets(words === '' ? 'git said nothing' : words).slice(0, 1_000);
}

/** git has no codes for its failures, only words; these two have to be told apart from a repository that is away. */
export function gitFailed(doing: string, stderr: string): FarmError {
  const words = gitsWords(stderr);
  if (/No space left on device|Disk quota exceeded/.test(stderr)) {
    return new FarmError('disk_full', `Cannot ${doing}: the disk is full; make room on it`, {
      blame: 'farm',
      retry: { afterMs: 5_000 },
    });
  }
  // Names such as `..` and `.git`, which only a tree made by hand has: no other machine and no later time changes that.
  if (/^error: invalid path /m.test(stderr)) {
    return new FarmError('invalid_input', `Cannot ${doing}: ${words}`, { blame: 'change' });
  }
  return unavailable(doing, words);
}

export function unavailable(doing: string, words: string): FarmError {
  return new FarmError('source_unavailable', `Cannot ${doing}: ${words}`, {
    blame: 'outside',
    retry: { afterMs: 10_000 },
  });
}
