/** Tells assistive technology what changed without the reader's doing. One polite region for the whole page. */
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';

export type Announce = (text: string) => void;

export const AnnounceContext = createContext<Announce>(() => undefined);

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}

export function Announcer(props: { readonly text: string }) {
  return (
    <div class="unseen" aria-live="polite" role="status">
      {props.text}
    </div>
  );
}
