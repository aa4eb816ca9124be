/** Composition root of the pages: the only place in the browser where concrete parts are made and joined. */
import { render } from 'preact';
import { createSystemClock } from '../../../agent/kit/clock.ts';
import { createSystemRandomness } from '../../../agent/kit/ids.ts';
import { createApi } from './data/api.ts';
import { createRecent, type Deps, DepsContext } from './data/deps.ts';
import { createFarmEvents } from './data/farm-events.ts';
import { createSession } from './data/session.ts';
import { createVisibility } from './data/visibility.ts';
import { App } from './shell/app.tsx';
import { applyTheme, chosenTheme } from './shell/theme.ts';

/** Set by the document when the API is somewhere else (`croft dashboards export DIR --api URL`). */
function apiBase(): string {
  const meta = document.querySelector<HTMLMetaElement>('meta[name="croft-api"]');
  return meta?.content ?? '';
}

function createDeps(): Deps {
  const clock = createSystemClock();
  const randomness = createSystemRandomness();
  const session = createSession({ tab: () => sessionStorage, lasting: () => localStorage });
  const api = createApi({
    baseUrl: apiBase(),
    fetch: (input, init) => fetch(input, init),
    token: () => session.token(),
  });
  const visibility = createVisibility({
    clock,
    isSeen: () => document.visibilityState === 'visible',
    onChange: (listener) => document.addEventListener('visibilitychange', listener),
  });
  const events = createFarmEvents({ api, clock, randomness, visibility });
  return { api, events, session, clock, randomness, visibility, recent: createRecent(30) };
}

function start(): void {
  const deps = createDeps();
  applyTheme(chosenTheme(deps.session));
  const root = document.getElementById('app');
  if (root === null) throw new Error('The document has no #app');
  render(
    <DepsContext.Provider value={deps}>
      <App />
    </DepsContext.Provider>,
    root,
  );
}

if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start, { once: true });
else start();
