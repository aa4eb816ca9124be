import { expect, test } from 'bun:test';
import { withoutUrlSecrets } from './url-secrets.ts';

test('nothing that lets somebody in is shown', () => {
  for (const [text, shown] of [
    ['https://me:secret@example.org/a.git', 'https://example.org/a.git'],
    ["unable to access 'https://x:p@ss@host/a/'", "unable to access 'https://host/a/'"],
    ['https://host/a?private_token=abc&x=1', 'https://host/a?private_token=…&x=1'],
    ['git@example.org:group/a.git', 'git@example.org:group/a.git'],
    ['/srv/git/a@b.git', '/srv/git/a@b.git'],
  ] as const) {
    expect(withoutUrlSecrets(text)).toBe(shown);
  }
});
