import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { systemCode } from '../disk/errors.ts';

/** A short text that differs whenever the content of one of the files does. */
export interface Fingerprints {
  of(files: readonly string[]): Promise<string>;
}

interface Seen {
  readonly stamp: string;
  readonly digest: string;
}

/** A file is read again only when its times, size or inode changed; with the content as it was, that changes nothing. */
export function createFingerprints(): Fingerprints {
  const seen = new Map<string, Seen>();

  async function digestOf(file: string): Promise<string> {
    const stamp = await stampOf(file);
    const known = seen.get(file);
    if (known?.stamp === stamp) return known.digest;
    const digest = stamp === 'missing' ? stamp : await digestContent(file);
    seen.set(file, { stamp, digest });
    return digest;
  }

  return {
    async of(files) {
      const all = createHash('sha256');
      for (const file of files) all.update(`${file}\0${await digestOf(file)}\0`);
      return all.digest('hex').slice(0, 32);
    },
  };
}

async function stampOf(file: string): Promise<string> {
  try {
    const { mtimeNs, ctimeNs, size, ino } = await stat(file, { bigint: true });
    return [mtimeNs, ctimeNs, size, ino].join(' ');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return 'missing';
    throw error;
  }
}

async function digestContent(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}
