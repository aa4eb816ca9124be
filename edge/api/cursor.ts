import { invalidInput } from '../../agent/wire/farm-error.ts';

/** Cursors are opaque to callers: a kind, so that one list's cursor does not fit another, and where to go on. */
export function encodeCursor(kind: string, value: string): string {
  return Buffer.from(`${kind}:${value}`).toString('base64url');
}

export function decodeCursor(kind: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (text.startsWith(`${kind}:`) && encodeCursor(kind, text.slice(kind.length + 1)) === cursor)
    return text.slice(kind.length + 1);
  throw invalidInput('cursor', 'is none that this list gave; start again without it');
}

export function decodeNumberCursor(kind: string, cursor: string | undefined): number | undefined {
  const value = decodeCursor(kind, cursor);
  if (value === undefined) return undefined;
  if (/^\d{1,15}$/.test(value)) return Number(value);
  throw invalidInput('cursor', 'is none that this list gave; start again without it');
}
