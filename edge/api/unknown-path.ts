/** What a path that no route serves is answered. */
import { FarmError } from '../../agent/wire/farm-error.ts';

export interface UnknownPath {
  readonly error: FarmError;
  /** Methods that the path takes; empty when there is no such path. */
  readonly allowed: readonly string[];
}

export interface RouteOfPath {
  readonly method: string;
  /** With its parameters as `:name`. */
  readonly path: string;
}

const shownCharacters = 200;

export function unknownPath(routes: readonly RouteOfPath[], request: Request): UnknownPath {
  const { pathname } = new URL(request.url);
  const shown = pathname.slice(0, shownCharacters);
  const allowed = [
    ...new Set(routes.filter(({ path }) => pattern(path).test(pathname)).map(({ method }) => method)),
  ];
  if (allowed.length === 0 || allowed.includes(request.method)) {
    const text = `path: there is nothing at ${shown}; /openapi.json lists what there is`;
    return { error: callersFault(text, 'path'), allowed: [] };
  }
  const text = `method: ${shown} takes ${allowed.join(', ')}, not ${request.method}`;
  return { error: callersFault(text, 'method'), allowed };
}

function pattern(path: string): RegExp {
  const escaped = path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:[A-Za-z]+/g, '[^/]+');
  return new RegExp(`^${escaped}/?$`);
}

function callersFault(message: string, field: string): FarmError {
  return new FarmError('not_found', message, { blame: 'caller', details: { field } });
}
