import { useEffect, useState } from 'preact/hooks';
import { formatRoute, parseRoute, type Route } from '../rules/route.ts';

/** The route in the address bar, followed. */
export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const tell = (): void => setHash(location.hash);
    addEventListener('hashchange', tell);
    return () => removeEventListener('hashchange', tell);
  }, []);
  // The same object for the same hash, so that pages may depend on it.
  const [parsed, setParsed] = useState(() => ({ hash, route: parseRoute(hash) }));
  if (parsed.hash === hash) return parsed.route;
  const route = parseRoute(hash);
  setParsed({ hash, route });
  return route;
}

/** A new entry in the history: "back" comes back. */
export function navigate(route: Route): void {
  location.hash = formatRoute(route);
}

/** The same place seen in another way (a filter, a line): the address changes, the history does not grow. */
export function adjust(route: Route): void {
  const hash = formatRoute(route);
  if (hash === location.hash) return;
  history.replaceState(history.state, '', hash);
  dispatchEvent(new HashChangeEvent('hashchange'));
}
