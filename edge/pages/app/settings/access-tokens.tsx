import type { Static } from '@sinclair/typebox';
import { useState } from 'preact/hooks';
import type { AccessToken, NewAccessToken } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import { useResource } from '../data/resource.ts';
import { ActionButton, ConfirmButton } from '../parts/action.tsx';
import { CommandLines } from '../parts/copy.tsx';
import { ErrorNote, Loading } from '../parts/notes.tsx';
import { When } from '../parts/when.tsx';

type Token = Static<typeof AccessToken>;
type Scope = Token['scopes'][number];

const scopes: readonly { readonly name: Scope; readonly what: string }[] = [
  { name: 'read', what: 'look at everything' },
  { name: 'build', what: 'ask for, retry and cancel builds' },
  { name: 'machines', what: 'join, drain, quarantine and revoke machines' },
  { name: 'admin', what: 'everything, tokens included' },
];
const dayMs = 86_400_000;

export function AccessTokens() {
  const tokens = useResource<{ items: Token[] }>('/api/v1/tokens');
  const { api } = useDeps();
  return (
    <section aria-labelledby="tokens-title" class="settings-wide">
      <h2 id="tokens-title">Access tokens</h2>
      <NewToken made={tokens.reload} />
      {tokens.error !== null && <ErrorNote error={tokens.error} retry={tokens.reload} />}
      {tokens.data === null && tokens.error === null && <Loading what="tokens" />}
      <ul class="tokens">
        {tokens.data?.items.map((token) => (
          <li key={token.id}>
            <span class="name row-main" title={token.name}>
              {token.name}
            </span>
            <span class="quiet">{token.scopes.join(', ')}</span>
            <span class="quiet">
              last used <When at={token.lastUsedAt} />
              {token.expiresAt !== null && (
                <>
                  , ends <When at={token.expiresAt} />
                </>
              )}
            </span>
            <ConfirmButton
              label="Remove"
              title={`Remove the token ${token.name}?`}
              confirm="Remove it"
              kind="danger"
              perform={async () => {
                await api.remove(`/api/v1/tokens/${encodeURIComponent(token.id)}`);
                tokens.reload();
              }}
            >
              <p>Whoever uses it is refused from now on.</p>
            </ConfirmButton>
          </li>
        ))}
      </ul>
    </section>
  );
}

function NewToken(props: { readonly made: () => void }) {
  const { api } = useDeps();
  const [name, setName] = useState('');
  const [chosen, setChosen] = useState<readonly Scope[]>(['read', 'build']);
  const [days, setDays] = useState('90');
  const [secret, setSecret] = useState<string | null>(null);
  async function make(): Promise<void> {
    const expiresInMs = Number(days) > 0 ? { expiresInMs: Number(days) * dayMs } : {};
    const made = await api.post<Static<typeof NewAccessToken>>('/api/v1/tokens', {
      name,
      scopes: chosen,
      ...expiresInMs,
    });
    setSecret(made.token);
    setName('');
    props.made();
  }
  function toggle(scope: Scope, isOn: boolean): void {
    setChosen(isOn ? [...chosen, scope] : chosen.filter((one) => one !== scope));
  }
  return (
    <form class="new-token" aria-label="New access token" onSubmit={(event) => event.preventDefault()}>
      <label class="field">
        <span>Name</span>
        <input value={name} maxLength={100} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <label class="field">
        <span>Days it lasts (0: for ever)</span>
        <input
          type="number"
          min={0}
          max={3650}
          value={days}
          onInput={(event) => setDays(event.currentTarget.value)}
        />
      </label>
      <fieldset>
        <legend>It may</legend>
        {scopes.map((scope) => (
          <label key={scope.name} class="check-field">
            <input
              type="checkbox"
              checked={chosen.includes(scope.name)}
              onChange={(event) => toggle(scope.name, event.currentTarget.checked)}
            />
            {scope.name} <span class="quiet">{scope.what}</span>
          </label>
        ))}
      </fieldset>
      <ActionButton perform={make}>Make a token</ActionButton>
      {secret !== null && (
        <div class="secret">
          <CommandLines lines={[secret]} label="The new token" />
          <p class="quiet">It is not shown again.</p>
        </div>
      )}
    </form>
  );
}
