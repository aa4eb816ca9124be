/** The reader's token and small choices. The token lives in this tab alone (`sessionStorage`); choices outlive it. */
const tokenKey = 'croft-token';

/** Browsers throw on access to storage that is blocked; the pages then work without remembering. */
function attempt<T>(use: () => T, otherwise: T): T {
  try {
    return use();
  } catch {
    return otherwise;
  }
}

export interface Session {
  token(): string | null;
  signIn(token: string): void;
  signOut(): void;
  choice(name: string): string | null;
  choose(name: string, value: string | null): void;
}

export function createSession(stores: { tab: () => Storage; lasting: () => Storage }): Session {
  let token = attempt(() => stores.tab().getItem(tokenKey), null);
  return {
    token: () => token,
    signIn(value) {
      token = value;
      attempt(() => stores.tab().setItem(tokenKey, value), undefined);
    },
    signOut() {
      token = null;
      attempt(() => stores.tab().removeItem(tokenKey), undefined);
    },
    choice: (name) => attempt(() => stores.lasting().getItem(`croft-${name}`), null),
    choose(name, value) {
      attempt(() => {
        if (value === null) stores.lasting().removeItem(`croft-${name}`);
        else stores.lasting().setItem(`croft-${name}`, value);
      }, undefined);
    },
  };
}
