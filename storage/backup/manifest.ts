/** What stands first in a backup: what it is, and what has to be known before anything of it is used. */
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { FarmError } from '../../agent/wire/farm-error.ts';

export const manifestName = 'manifest.json';
/** Last in every backup, in the form of sha256sum(1); without it a backup was broken off. */
export const sumsName = 'SHA256SUMS';

export const Manifest = Type.Object({
  croftBackup: Type.Literal(1),
  /** Of the Croft that wrote it. */
  version: Type.String(),
  /** How many migrations the database has seen. */
  schemaVersion: Type.Integer({ minimum: 1 }),
  createdAt: Type.String(),
  dataFolder: Type.String(),
  /** `included`, or where logs and artifacts are instead. */
  blobs: Type.String(),
  /** What is left out on purpose, and why. */
  leftOut: Type.Array(Type.String()),
});
export type Manifest = Static<typeof Manifest>;

export function readManifest(text: string, from: string): Manifest {
  const value = parsed(text);
  if (Value.Check(Manifest, value)) return value;
  throw notABackup(from, `its ${manifestName} is not one that this Croft can read`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The check of the shape tells it.
    return null;
  }
}

export function notABackup(from: string, why: string): FarmError {
  return new FarmError('invalid_input', `"${from}" is no whole backup: ${why}`, { blame: 'caller' });
}

/** One line a file, as `sha256sum -c SHA256SUMS` reads it. */
export function formatSums(sums: ReadonlyMap<string, string>): string {
  return [...sums].map(([path, digest]) => `${digest}  ${path}\n`).join('');
}

export function parseSums(text: string, from: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const line of text.split('\n').slice(0, -1)) {
    const [, digest, path] = /^([0-9a-f]{64}) {2}(.+)$/.exec(line) ?? [];
    if (digest === undefined || path === undefined) throw notABackup(from, `its ${sumsName} is damaged`);
    sums.set(path, digest);
  }
  return sums;
}

const knownPaths =
  /^(?:manifest\.json|SHA256SUMS|croft\.db|admin-token|farm\.config\.(?:ts|json)|agent\/identity\.json|logs\/[A-Za-z0-9_-]+\.(?:out|at)|blobs\/[A-Za-z0-9._=~/-]+)$/;

/** A backup may have come over a network: nothing of it is written anywhere but where a data folder has such files. */
export function isBackupPath(path: string): boolean {
  return (
    knownPaths.test(path) && !path.split('/').some((part) => part === '' || part === '.' || part === '..')
  );
}
