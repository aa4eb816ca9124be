import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { BuildPage } from '../build/build-page.tsx';
import { BuildsPage } from '../builds/builds-page.tsx';
import { CommitPage } from '../commit/commit-page.tsx';
import { GridPage } from '../grid/grid-page.tsx';
import { HealthPage } from '../health/health-page.tsx';
import { MachinePage } from '../machines/machine-page.tsx';
import { MachinesPage } from '../machines/machines-page.tsx';
import { PoolsPage } from '../machines/pools-page.tsx';
import { Empty } from '../parts/notes.tsx';
import { QueuePage } from '../queue/queue-page.tsx';
import type { Route } from '../rules/route.ts';
import { SettingsPage } from '../settings/settings-page.tsx';
import { AnnounceContext, Announcer } from './announcer.tsx';
import { ConfigBanner, ConnectionBanner } from './banners.tsx';
import { FarmContext, useFarmView } from './farm-context.ts';
import { Help } from './help.tsx';
import { useShortcuts } from './shortcuts.ts';
import { places, TopBar } from './top-bar.tsx';
import { useRoute } from './use-route.ts';

/** What makes a page another page; filters and lines do not. */
function identityOf(route: Route): string {
  switch (route.page) {
    case 'commit':
      return `commit ${route.repo} ${route.hash}`;
    case 'build':
    case 'machine':
      return `${route.page} ${route.id}`;
    default:
      return route.page;
  }
}

/** The reader of a screen lands on the heading of a page that was navigated to, not on the first load. */
function useFocusOnNavigation(identity: string): void {
  const before = useRef(identity);
  useEffect(() => {
    if (before.current === identity) return;
    before.current = identity;
    scrollTo(0, 0);
    document.querySelector<HTMLElement>('main')?.focus({ preventScroll: true });
  }, [identity]);
}

function PageOf(props: { readonly route: Route }) {
  const { route } = props;
  switch (route.page) {
    case 'grid':
      return <GridPage route={route} />;
    case 'builds':
      return <BuildsPage route={route} />;
    case 'commit':
      return <CommitPage repo={route.repo} hash={route.hash} />;
    case 'build':
      return <BuildPage route={route} />;
    case 'machines':
      return <MachinesPage route={route} />;
    case 'machine':
      return <MachinePage id={route.id} />;
    case 'pools':
      return <PoolsPage />;
    case 'queue':
      return <QueuePage class={route.class} />;
    case 'health':
      return <HealthPage />;
    case 'settings':
      return <SettingsPage />;
    case 'unknown':
      return (
        <Empty title="There is no such page" isPage>
          <p>
            <code>#{route.hash}</code> names nothing here. <a href="#grid">To the grid</a>
          </p>
        </Empty>
      );
  }
}

export function App() {
  const route = useRoute();
  const identity = identityOf(route);
  const view = useFarmView();
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [said, setSaid] = useState('');
  const announce = useCallback((text: string) => setSaid(text), []);
  useFocusOnNavigation(identity);
  useShortcuts({
    '?': () => setHelpOpen(true),
    ...Object.fromEntries(
      places.map((place, index) => [String(index + 1), () => location.assign(place.href)] as const),
    ),
  });
  return (
    <FarmContext.Provider value={view}>
      <AnnounceContext.Provider value={announce}>
        <button type="button" class="skip" onClick={skipToContent}>
          Skip to the content
        </button>
        <TopBar farm={view.farm} route={route} help={() => setHelpOpen(true)} />
        <ConfigBanner farm={view.farm} />
        <ConnectionBanner />
        <main id="content" tabIndex={-1} class={`page page-${route.page}`}>
          <PageOf key={identity} route={route} />
        </main>
        <Announcer text={said} />
        {isHelpOpen && <Help onClose={() => setHelpOpen(false)} />}
      </AnnounceContext.Provider>
    </FarmContext.Provider>
  );
}

/** A button, since the hash is the route and must stay. */
function skipToContent(): void {
  document.querySelector<HTMLElement>('main')?.focus();
}
