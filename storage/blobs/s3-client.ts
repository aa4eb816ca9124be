/** The S3 client with what it lacks: a deadline for every request, kept by our clock, and a bound on requests at once. */
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import type { Clock } from '../../agent/kit/clock.ts';
import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';
import { createGate } from './gate.ts';

export interface S3Options {
  /** Null: Amazon's, by region. */
  readonly endpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  /** Put before every key, so that a bucket can be shared: empty, or ending in `/`. */
  readonly prefix: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** `bucket` in the path instead of the host name; most services other than Amazon's want it. */
  readonly pathStyle: boolean;
  /** Longest wait for an answer, and for the next bytes of one. Default 20 s. */
  readonly silenceMs?: number;
}

export interface S3Connection {
  readonly client: S3Client;
  readonly bucket: string;
  readonly clock: Clock;
  readonly silenceMs: number;
  objectKey(key: string): string;
}

/** More, and the client of Bun has been seen to hang (oven-sh/bun#27557). */
const requestsAtOnce = 24;
/** A request with a body may take this much longer for each second's worth of it. */
const slowestBytesPerSecond = 128 * 1024;
const tries = 4;

type Handler = S3Client['config']['requestHandler'];

export function connectS3(options: S3Options, clock: Clock): S3Connection {
  const { endpoint, region, accessKeyId, secretAccessKey, pathStyle, silenceMs = 20_000 } = options;
  const client = new S3Client({
    ...(endpoint === null ? {} : { endpoint }),
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: pathStyle,
    maxAttempts: tries,
    // Downloads are checked against the checksum of the whole object, in `s3-read.ts`.
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  client.config.requestHandler = withDeadlines(client.config.requestHandler, clock, silenceMs);
  return { client, bucket: options.bucket, clock, silenceMs, objectKey: (key) => options.prefix + key };
}

/** Covers one try, from asking to the head of the answer; the client itself tries again after `TimeoutError`. */
function withDeadlines(inner: Handler, clock: Clock, silenceMs: number): Handler {
  const gate = createGate(requestsAtOnce);
  async function handle(...[request, options]: Parameters<Handler['handle']>): ReturnType<Handler['handle']> {
    const deadline = new AbortController();
    const transferMs = (bodyBytes(request.body) / slowestBytesPerSecond) * 1_000;
    const timer = clock.after(silenceMs + transferMs, () => deadline.abort());
    try {
      return await inner.handle(request, { ...options, abortSignal: deadline.signal });
    } catch (error) {
      if (!deadline.signal.aborted) throw error;
      throw Object.assign(new Error(`No answer within ${Math.round(silenceMs + transferMs)} ms`), {
        name: 'TimeoutError',
      });
    } finally {
      timer.cancel();
    }
  }
  return {
    handle: (request, options) => gate.run(() => handle(request, options)),
    destroy: () => inner.destroy?.(),
  } as Handler;
}

function bodyBytes(body: unknown): number {
  if (body instanceof Uint8Array) return body.byteLength;
  return typeof body === 'string' ? body.length : 0;
}

export function hasStatus(error: unknown, status: number): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === status;
}

/** An answer without what every real one has: something in between made it up, and it means nothing. */
export function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`an empty answer, without ${what}`);
  return value;
}

/** The service's own words, with what was attempted; nothing of a request but bucket and key. */
export function translateS3Error(error: unknown, doing: string): FarmError {
  if (isFarmError(error)) return error;
  const status = error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const final = status !== undefined && status >= 400 && status < 500 && status !== 429 && status !== 409;
  return new FarmError('storage_failed', `Cannot ${doing}: the S3 service answered ${said}`, {
    blame: 'outside',
    retry: final ? 'never' : { afterMs: 2_000 },
    details: { status: status ?? null },
    cause: error,
  });
}
