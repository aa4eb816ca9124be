/**
 * Where a coordinator runs, as constants. Development is the embedded default and needs nothing. Staging and production say
 * what is the same for everybody who runs one; what differs from operator to operator, and every secret, is named as a variable
 * here and read by the composition root.
 */

export type EnvironmentName = 'development' | 'staging' | 'production';

export type BlobPlace =
  /** In the data folder. */
  | { readonly kind: 'folder' }
  | {
      readonly kind: 's3';
      /** Used unless the variable says otherwise. */
      readonly bucket: string;
      readonly region: string;
      /** Before every key, so that environments may share a bucket. */
      readonly prefix: string;
    };

export interface Environment {
  readonly name: EnvironmentName;
  /** One sentence for `--help` and `croft config show`. */
  readonly description: string;
  /** A relative folder lies in the folder that the program is started in. */
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly blobs: BlobPlace;
  /** The least that is logged, unless `--log-level` says otherwise. */
  readonly logLevel: 'info' | 'warn';
  readonly limits: {
    /** Largest body of a request to the API; what code hosts push may be 8 MiB. */
    readonly requestBytes: number;
    /** Event streams open at once; each page that is looked at holds one or two. */
    readonly eventStreams: number;
    /** Below this much room on the disk of the data folder health says so, and below a tenth of it that the farm fails. */
    readonly diskFreeBytes: number;
  };
  /** Variables without which a coordinator does not start here. Their values are never shown. */
  readonly required: readonly EnvironmentVariable[];
}

export interface EnvironmentVariable {
  readonly name: string;
  /** What to put there, for the message when it is missing. */
  readonly description: string;
  readonly isSecret: boolean;
}

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

const publicUrl: EnvironmentVariable = {
  name: 'CROFT_PUBLIC_URL',
  description: 'The address by which people and agents reach the farm, such as https://farm.example.org',
  isSecret: false,
};
const s3KeyId: EnvironmentVariable = {
  name: 'CROFT_S3_ACCESS_KEY_ID',
  description: 'Id of a key that may read, write, list and delete in the bucket',
  isSecret: false,
};
const s3Secret: EnvironmentVariable = {
  name: 'CROFT_S3_SECRET_ACCESS_KEY',
  description: 'The secret of that key',
  isSecret: true,
};

export const development: Environment = {
  name: 'development',
  description: 'One machine, one folder, this machine only; needs nothing.',
  dataDir: '.croft',
  host: 'localhost',
  port: 8484,
  blobs: { kind: 'folder' },
  logLevel: 'info',
  limits: { requestBytes: 1 * MiB, eventStreams: 4_000, diskFreeBytes: 1 * GiB },
  required: [],
};

export const staging: Environment = {
  name: 'staging',
  description: 'Like production, with data of its own: where a new version is tried with a few machines.',
  dataDir: '/var/lib/croft-staging',
  host: '0.0.0.0',
  port: 8485,
  blobs: { kind: 's3', bucket: 'croft-staging', region: 'us-east-1', prefix: 'staging/' },
  logLevel: 'info',
  limits: { requestBytes: 1 * MiB, eventStreams: 4_000, diskFreeBytes: 10 * GiB },
  required: [publicUrl, s3KeyId, s3Secret],
};

export const production: Environment = {
  name: 'production',
  description: 'A farm that others rely on: logs and artifacts in a bucket, reachable by agents anywhere.',
  dataDir: '/var/lib/croft',
  host: '0.0.0.0',
  port: 8484,
  blobs: { kind: 's3', bucket: 'croft-production', region: 'us-east-1', prefix: '' },
  logLevel: 'info',
  limits: { requestBytes: 1 * MiB, eventStreams: 5_000, diskFreeBytes: 20 * GiB },
  required: [publicUrl, s3KeyId, s3Secret],
};

export const environments: Readonly<Record<EnvironmentName, Environment>> = {
  development,
  staging,
  production,
};

/** Null for a name that is none; `Object.keys(environments)` are those that are. */
export function environmentNamed(name: string): Environment | null {
  return Object.values(environments).find((environment) => environment.name === name) ?? null;
}
