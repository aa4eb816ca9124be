/** Single keys, wherever the reader is not writing. They can be switched off (WCAG 2.1.4). */
import { useEffect, useRef } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';
import type { Session } from '../data/session.ts';

export type Shortcuts = Readonly<Record<string, (event: KeyboardEvent) => void>>;

export function areShortcutsOn(session: Session): boolean {
  return session.choice('shortcuts') !== 'off';
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Keys as `event.key` names them. A handled key does nothing else. */
export function useShortcuts(shortcuts: Shortcuts): void {
  const { session } = useDeps();
  const newest = useRef(shortcuts);
  newest.current = shortcuts;
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (isWriting(event.target) || document.querySelector('dialog[open]') !== null) return;
      const run = newest.current[event.key];
      if (run === undefined || !areShortcutsOn(session)) return;
      event.preventDefault();
      run(event);
    }
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [session]);
}
