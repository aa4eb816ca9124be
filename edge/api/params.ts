/** Shapes of parameters that several controllers share. Query values come as text; Elysia makes numbers of them only for its own `t`. */
import { t } from 'elysia';

export const Id = t.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_.-]+$' });
export const Name = t.String({ minLength: 1, maxLength: 256 });
export const Hash = t.String({
  pattern: '^[0-9a-f]{4,64}$',
  description: 'A full hash, or at least 4 digits of one',
});
export const Cursor = t.Optional(t.String({ minLength: 1, maxLength: 512 }));
export const Offset = t.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export function limitOf(most: number, usual: number) {
  return t.Integer({ minimum: 1, maximum: most, default: usual });
}

export const ByAttempt = t.Optional(
  t.Integer({ minimum: 1, maximum: 1_000_000, description: 'Which attempt; the newest when left out' }),
);
