import { useState } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';
import { ErrorNote } from '../parts/notes.tsx';
import { useFarm } from '../shell/farm-context.ts';
import { areShortcutsOn } from '../shell/shortcuts.ts';
import { useTitle } from '../shell/use-title.ts';
import { AccessTokens } from './access-tokens.tsx';
import { JoinTokens } from './join-tokens.tsx';

export function SettingsPage() {
  const { can } = useFarm();
  useTitle('Settings');
  return (
    <>
      <h1>Settings</h1>
      <div class="settings">
        <SignIn />
        <Preferences />
        {can('admin') && <AccessTokens />}
        {can('machines') && <JoinTokens />}
      </div>
    </>
  );
}

function SignIn() {
  const { session } = useDeps();
  const { farm, error } = useFarm();
  const isSignedIn = session.token() !== null;
  return (
    <section aria-labelledby="token-title">
      <h2 id="token-title">Your token</h2>
      {farm !== null && (
        <p>
          {isSignedIn ? 'You are ' : 'You look on as '}
          <strong>{farm.you.name}</strong>
          {farm.you.scopes.length > 0 && <span class="quiet"> ({farm.you.scopes.join(', ')})</span>}.
        </p>
      )}
      {isSignedIn && error !== null && <ErrorNote error={error} />}
      {isSignedIn ? <SignOutButton /> : <TokenForm />}
      <p class="quiet">
        A token lets you retry and cancel builds, or look after machines. The first one stands in the
        farm&apos;s data folder, in <code>admin-token</code>. It is kept in this tab alone and is gone when
        you close it.
      </p>
    </section>
  );
}

/** Everything on the page was read with the old identity: it starts anew with the other one. */
function startAnew(): void {
  location.reload();
}

function SignOutButton() {
  const { session } = useDeps();
  return (
    <button
      type="button"
      onClick={() => {
        session.signOut();
        startAnew();
      }}
    >
      Sign out
    </button>
  );
}

function TokenForm() {
  const { session } = useDeps();
  const [token, setToken] = useState('');
  return (
    <form
      class="token-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() === '') return;
        session.signIn(token.trim());
        startAnew();
      }}
    >
      <label class="field field-grow">
        <span>Access token</span>
        <input
          type="password"
          autocomplete="off"
          spellcheck={false}
          value={token}
          onInput={(event) => setToken(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary">
        Use it
      </button>
    </form>
  );
}

function Preferences() {
  const { session } = useDeps();
  const [isOn, setOn] = useState(areShortcutsOn(session));
  return (
    <section aria-labelledby="preferences-title">
      <h2 id="preferences-title">Preferences</h2>
      <label class="check-field">
        <input
          type="checkbox"
          checked={isOn}
          onChange={(event) => {
            const next = event.currentTarget.checked;
            session.choose('shortcuts', next ? null : 'off');
            setOn(next);
          }}
        />
        Single-key shortcuts (press ? for the list)
      </label>
      <p class="quiet">The colours follow the system; the button in the bar above changes that.</p>
    </section>
  );
}
