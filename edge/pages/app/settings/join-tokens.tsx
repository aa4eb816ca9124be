import type { Static } from '@sinclair/typebox';
import type { JoinToken } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import { useResource } from '../data/resource.ts';
import { ActionButton } from '../parts/action.tsx';
import { ErrorNote } from '../parts/notes.tsx';
import { When } from '../parts/when.tsx';

/** Join tokens that nobody has used yet can be taken back. */
export function JoinTokens() {
  const tokens = useResource<{ items: Static<typeof JoinToken>[] }>('/api/v1/join-tokens');
  const { api } = useDeps();
  const items = tokens.data?.items ?? [];
  return (
    <section aria-labelledby="join-title" class="settings-wide">
      <h2 id="join-title">Join tokens</h2>
      <p class="quiet">
        Each lets one machine join. <a href="#pools">The machines page</a> makes new ones.
      </p>
      {tokens.error !== null && <ErrorNote error={tokens.error} retry={tokens.reload} />}
      <ul class="tokens">
        {items.map((token) => (
          <li key={token.id}>
            <span class="row-main">{token.hostType ?? 'any host type'}</span>
            <span class="quiet">by {token.createdBy}</span>
            <span class="quiet">
              {token.usedAt === null ? (
                <>
                  ends <When at={token.expiresAt} />
                </>
              ) : (
                <>
                  used by {token.usedBy ?? 'a machine'} <When at={token.usedAt} />
                </>
              )}
            </span>
            {token.usedAt === null && (
              <ActionButton
                perform={async () => {
                  await api.remove(`/api/v1/join-tokens/${encodeURIComponent(token.id)}`);
                  tokens.reload();
                }}
              >
                Take back
              </ActionButton>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
