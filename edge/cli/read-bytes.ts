import { open } from 'node:fs/promises';
import { FarmError } from '../../agent/wire/farm-error.ts';

const pieceBytes = 1 << 20;

/** The bytes of a file in pieces; each piece is valid until the next one is asked for. `-` is standard input. */
export async function* readFileBytes(path: string): AsyncIterable<Uint8Array> {
  if (path === '-') {
    yield* Bun.stdin.stream();
    return;
  }
  const file = await openNamed(path);
  try {
    const buffer = new Uint8Array(pieceBytes);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw unreadable(path, error);
  } finally {
    await file.close();
  }
}

async function openNamed(path: string): ReturnType<typeof open> {
  try {
    return await open(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'no such file or directory',
  EACCES: 'permission denied',
  EISDIR: 'is a directory',
};

function unreadable(path: string, error: unknown): FarmError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new FarmError('not_found', `open ${path}: ${reason}`, { blame: 'caller', cause: error });
}
