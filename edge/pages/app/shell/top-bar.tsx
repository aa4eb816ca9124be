import { useState } from 'preact/hooks';
import type { Farm } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import type { Route } from '../rules/route.ts';
import { formatCount } from '../rules/time.ts';
import { useStreamState } from './banners.tsx';
import { chooseTheme, chosenTheme, type Theme, themes } from './theme.ts';

interface Place {
  readonly href: string;
  readonly name: string;
  readonly pages: readonly Route['page'][];
}

export const places: readonly Place[] = [
  { href: '#grid', name: 'Grid', pages: ['grid', 'commit'] },
  { href: '#builds', name: 'Builds', pages: ['builds', 'build'] },
  { href: '#queue', name: 'Queue', pages: ['queue'] },
  { href: '#pools', name: 'Machines', pages: ['pools', 'machines', 'machine'] },
  { href: '#health', name: 'Health', pages: ['health'] },
  { href: '#settings', name: 'Settings', pages: ['settings'] },
];

export function TopBar(props: {
  readonly farm: Farm | null;
  readonly route: Route;
  readonly help: () => void;
}) {
  return (
    <header class="top-bar">
      <a class="brand" href="#grid" title="To the grid">
        <Logo />
        <span class="brand-name">{props.farm?.name ?? 'Croft'}</span>
      </a>
      <nav aria-label="Pages" class="places">
        {places.map((place) => (
          <a
            key={place.href}
            href={place.href}
            aria-current={place.pages.includes(props.route.page) ? 'page' : undefined}
          >
            {place.name}
          </a>
        ))}
      </nav>
      <div class="top-end">
        <Counts farm={props.farm} />
        <LiveMark />
        <ThemeButton />
        <button type="button" class="icon-button help-button" aria-label="Keyboard help" onClick={props.help}>
          ?
        </button>
      </div>
    </header>
  );
}

function Logo() {
  return (
    <svg class="logo" viewBox="0 0 20 20" aria-hidden="true">
      <rect x="1" y="1" width="8" height="8" rx="1.5" />
      <rect x="11" y="1" width="8" height="8" rx="1.5" class="logo-quiet" />
      <rect x="1" y="11" width="8" height="8" rx="1.5" class="logo-quiet" />
      <rect x="11" y="11" width="8" height="8" rx="1.5" />
    </svg>
  );
}

function Counts(props: { readonly farm: Farm | null }) {
  const counts = props.farm?.counts;
  if (counts === undefined) return null;
  return (
    <p class="counts">
      <a href="#builds?state=running">
        <b>{formatCount(counts.running)}</b> running
      </a>
      <a href="#queue">
        <b>{formatCount(counts.waiting)}</b> waiting
      </a>
      <a href="#pools">
        <b>
          {formatCount(counts.machinesConnected)}/{formatCount(counts.machines)}
        </b>{' '}
        machines
      </a>
    </p>
  );
}

const streamWords = { live: 'Live', connecting: 'Connecting', waiting: 'Not live' } as const;

function LiveMark() {
  const { kind } = useStreamState();
  return (
    <span
      class={`live live-${kind}`}
      title={`${streamWords[kind]}: changes ${kind === 'live' ? '' : 'do not '}come in by themselves`}
    >
      <span class="live-dot" aria-hidden="true" />
      <span class="live-word">{streamWords[kind]}</span>
    </span>
  );
}

const themeWords: Readonly<Record<Theme, string>> = { system: 'as the system', light: 'light', dark: 'dark' };

function ThemeButton() {
  const { session } = useDeps();
  const [theme, setTheme] = useState(chosenTheme(session));
  const following = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
  function change(): void {
    chooseTheme(session, following);
    setTheme(following);
  }
  return (
    <button
      type="button"
      class="icon-button theme-button"
      onClick={change}
      aria-label={`Colours: ${themeWords[theme]}. Change to ${themeWords[following]}`}
      title={`Colours: ${themeWords[theme]}`}
    >
      <span class={`theme-icon theme-${theme}`} aria-hidden="true" />
    </button>
  );
}
