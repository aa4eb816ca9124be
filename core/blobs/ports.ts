/**
 * Large bytes, kept by name. A put is atomic: readers see the whole object or none, and an object never changes under its
 * key. References are stored only after the put resolved (put, then publish).
 */
export interface BlobInfo {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: number;
}

export interface BlobStore {
  /**
   * Stores the stream under `key` and answers once it is durable. A key that exists is left as it is and answers
   * `existed`. Keys are `/`-separated segments of `[A-Za-z0-9._-]` (none of them `.` or `..`), at most 120 characters each and
   * 512 in all; anything else rejects with `invalid_input`.
   */
  put(
    key: string,
    content: AsyncIterable<Uint8Array>,
    options?: { readonly contentType?: string; readonly signal?: AbortSignal },
  ): Promise<{ readonly bytes: number; readonly existed: boolean }>;
  /** Bytes `from` (0) to `to` (exclusive; the end). Rejects with `blob_missing`. */
  get(key: string, range?: { readonly from: number; readonly to?: number }): AsyncIterable<Uint8Array>;
  stat(key: string): Promise<BlobInfo | null>;
  /** Removing what is not there is no error. */
  remove(key: string): Promise<void>;
  /** Every object whose key starts with `prefix`, in key order. */
  list(prefix: string): AsyncIterable<BlobInfo>;
}
