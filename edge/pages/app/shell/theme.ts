/** Light or dark: what the system says, unless the reader chose. */
import type { Session } from '../data/session.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export function chosenTheme(session: Session): Theme {
  return themes.find((theme) => theme === session.choice('theme')) ?? 'system';
}

export function applyTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function chooseTheme(session: Session, theme: Theme): void {
  session.choose('theme', theme === 'system' ? null : theme);
  applyTheme(theme);
}
