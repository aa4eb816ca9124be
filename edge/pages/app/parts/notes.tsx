/** What stands in a page's place while it loads, when it failed, and when there is nothing to show. */
import type { ComponentChildren } from 'preact';
import type { FarmError } from '../../../../agent/wire/farm-error.ts';

export function Loading(props: { readonly what: string }) {
  return (
    <p class="loading" role="status">
      Loading {props.what} …
    </p>
  );
}

const advice: Partial<Record<FarmError['code'], string>> = {
  unauthenticated: 'Reading here needs a token.',
  forbidden: 'Your token lacks the scope for this.',
};

export function ErrorNote(props: { readonly error: FarmError; readonly retry?: () => void }) {
  const { error, retry } = props;
  const needsToken = error.code === 'unauthenticated' || error.code === 'forbidden';
  return (
    <div class="note note-error" role="alert">
      <p>
        <strong>{error.message}</strong> {advice[error.code] ?? ''}
      </p>
      <div class="note-actions">
        {needsToken && <a href="#settings">Give a token</a>}
        {retry !== undefined && (
          <button type="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

export function Empty(props: {
  readonly title: string;
  /** Nothing else is on the page, so this is its heading. */
  readonly isPage?: boolean;
  readonly children?: ComponentChildren;
}) {
  return (
    <section class="empty">
      {props.isPage ? <h1>{props.title}</h1> : <h2>{props.title}</h2>}
      {props.children}
    </section>
  );
}
