/** Where blobs are kept: a folder, or a bucket named by `CROFT_S3_*` variables. Secrets come by variable only. */
import { invalidInput } from '../../agent/wire/farm-error.ts';
import type { BlobPlace } from '../../env/environments.ts';

export type BlobOptions =
  | { readonly kind: 'folder' }
  | {
      readonly kind: 's3';
      readonly endpoint: string | null;
      readonly region: string;
      readonly bucket: string;
      readonly prefix: string;
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly pathStyle: boolean;
    };

const names = {
  bucket: 'CROFT_S3_BUCKET',
  endpoint: 'CROFT_S3_ENDPOINT',
  region: 'CROFT_S3_REGION',
  prefix: 'CROFT_S3_PREFIX',
  keyId: 'CROFT_S3_ACCESS_KEY_ID',
  secret: 'CROFT_S3_SECRET_ACCESS_KEY',
} as const;

/**
 * A bucket makes it S3, named by a variable or by the environment; half of the rest is refused, naming what is missing.
 * `place` is the environment's.
 */
export function readBlobOptions(
  variables: Readonly<Record<string, string | undefined>>,
  place: BlobPlace = { kind: 'folder' },
): BlobOptions {
  const bucket = variables[names.bucket] || (place.kind === 's3' ? place.bucket : '');
  if (bucket === '') {
    const stray = Object.values(names).find((name) => variables[name] !== undefined);
    if (stray !== undefined) throw invalidInput(names.bucket, `must be set, since ${stray} is`);
    return { kind: 'folder' };
  }
  const endpoint = variables[names.endpoint] ?? null;
  if (endpoint !== null && URL.parse(endpoint) === null)
    throw invalidInput(names.endpoint, `must be a URL, got "${endpoint}"`);
  const prefix = variables[names.prefix] ?? (place.kind === 's3' ? place.prefix : '');
  return {
    kind: 's3',
    bucket,
    endpoint,
    region: variables[names.region] ?? (place.kind === 's3' ? place.region : 'us-east-1'),
    prefix: prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`,
    accessKeyId: required(variables, names.keyId),
    secretAccessKey: required(variables, names.secret),
    pathStyle: endpoint !== null,
  };
}

function required(variables: Readonly<Record<string, string | undefined>>, name: string): string {
  const value = variables[name];
  if (value !== undefined && value !== '') return value;
  throw invalidInput(name, `must be set, since ${names.bucket} is`);
}
