/** Shapes of parameters that several controllers share. Query values come as text, and Elysia makes numbers of them. */
import { Type } from '@sinclair/typebox';

export const Id = Type.String({ minLength: 1, maxLength: 64, pattern: '^[A-Za-z0-9_.-]+$' });
export const Name = Type.String({ minLength: 1, maxLength: 256 });
export const Cursor = Type.Optional(Type.String({ minLength: 1, maxLength: 512 }));
export const Offset = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });

export function limitOf(most: number, usual: number) {
  return Type.Integer({ minimum: 1, maximum: most, default: usual });
}

export const ByAttempt = Type.Optional(
  Type.Integer({ minimum: 1, maximum: 1_000_000, description: 'Which attempt; the newest when left out' }),
);
