import { describe, expect, test } from 'bun:test';
import type { AccessToken } from '../../core/access/types.ts';
import { noon } from './samples.ts';
import { freshStores, type MakeHome } from './stores.ts';

function accessToken(id: string, over: Partial<AccessToken> = {}): AccessToken {
  return {
    id,
    name: `token ${id}`,
    scopes: ['read', 'build'],
    createdAt: noon,
    expiresAt: null,
    lastUsedAt: null,
    ...over,
  };
}

export function tokenStoreConformance(name: string, makeHome: MakeHome): void {
  describe(`token store: ${name}`, () => {
    const stores = freshStores(makeHome);

    test('a token is found by its hash alone, and survives closing', async () => {
      const token = accessToken('k1', { expiresAt: noon + 5, scopes: ['admin'] });
      await stores.now.tokens.create({ token, hash: 'h1' });
      await stores.reopen();
      expect(await stores.now.tokens.byHash('h1')).toEqual(token);
      expect(await stores.now.tokens.byHash('k1')).toBeNull();
    });

    test('one hash belongs to one token', async () => {
      const { tokens } = stores.now;
      await tokens.create({ token: accessToken('k1'), hash: 'h1' });
      await expect(tokens.create({ token: accessToken('k2'), hash: 'h1' })).rejects.toMatchObject({
        code: 'conflict',
      });
      expect(await tokens.list()).toHaveLength(1);
    });

    test('tokens are listed oldest first and can be removed once', async () => {
      const { tokens } = stores.now;
      await tokens.create({ token: accessToken('k2', { createdAt: noon + 1 }), hash: 'h2' });
      await tokens.create({ token: accessToken('k1'), hash: 'h1' });
      expect((await tokens.list()).map((token) => token.id)).toEqual(['k1', 'k2']);
      expect(await tokens.remove('k1')).toBeTrue();
      expect(await tokens.remove('k1')).toBeFalse();
      expect(await tokens.byHash('h1')).toBeNull();
    });

    test('the last use never goes back', async () => {
      const { tokens } = stores.now;
      await tokens.create({ token: accessToken('k1'), hash: 'h1' });
      await tokens.touch({ id: 'k1', at: noon + 5 });
      await tokens.touch({ id: 'k1', at: noon + 2 });
      await tokens.touch({ id: 'none', at: noon });
      expect(await tokens.byHash('h1')).toMatchObject({ lastUsedAt: noon + 5 });
    });
  });
}
