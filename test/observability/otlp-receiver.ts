/** A small collector of OpenTelemetry: takes trace exports as protobuf over HTTP and reads what the tests look at. */

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | null;
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isError: boolean;
  /** Of the resource that told it. */
  readonly service: string;
}

export interface Receiver {
  readonly url: string;
  readonly spans: readonly ReceivedSpan[];
  stop(): Promise<void>;
}

export function startReceiver(): Receiver {
  const spans: ReceivedSpan[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (new URL(request.url).pathname !== '/v1/traces') return new Response(null, { status: 404 });
      const body = new Uint8Array(await request.arrayBuffer());
      const isPacked = request.headers.get('content-encoding') === 'gzip';
      spans.push(...readExport(isPacked ? Bun.gunzipSync(body) : body));
      return new Response(null, { headers: { 'content-type': 'application/x-protobuf' } });
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    spans,
    stop: () => server.stop(true),
  };
}

/** Field numbers of opentelemetry/proto/trace/v1/trace.proto, which never change. */
export function readExport(body: Uint8Array): readonly ReceivedSpan[] {
  return all(body, 1).flatMap((ofResource) => {
    const resource = all(ofResource, 1)[0];
    const service = String(
      attributesOf(resource === undefined ? [] : all(resource, 1))['service.name'] ?? '',
    );
    return all(ofResource, 2).flatMap((ofScope) => all(ofScope, 2).map((span) => readSpan(span, service)));
  });
}

function readSpan(span: Uint8Array, service: string): ReceivedSpan {
  const status = all(span, 15)[0];
  const parent = hex(all(span, 4)[0]);
  return {
    traceId: hex(all(span, 1)[0]),
    spanId: hex(all(span, 2)[0]),
    parentId: parent === '' ? null : parent,
    name: text(all(span, 5)[0]),
    startedAt: millis(span, 7),
    endedAt: millis(span, 8),
    attributes: attributesOf(all(span, 9)),
    isError: status !== undefined && Number(number(status, 3) ?? 0n) === 2,
    service,
  };
}

function attributesOf(pairs: readonly Uint8Array[]): Record<string, string | number> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const value = all(pair, 2)[0] ?? new Uint8Array();
      const asText = all(value, 1)[0];
      return [text(all(pair, 1)[0]), asText === undefined ? Number(number(value, 3) ?? 0n) : text(asText)];
    }),
  );
}

interface Field {
  readonly number: number;
  readonly bytes: Uint8Array | null;
  readonly value: bigint;
}

/** The wire format of protocol buffers: a tag, then a varint, eight bytes, a length and bytes, or four bytes. */
function* fieldsOf(message: Uint8Array): Generator<Field> {
  let at = 0;
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  function varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = view.getUint8(at++);
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }
  function skip(length: number): number {
    at += length;
    return at - length;
  }
  while (at < message.length) {
    const tag = Number(varint());
    const field = { number: tag >> 3, bytes: null, value: 0n };
    const kind = tag & 7;
    if (kind === 0) yield { ...field, value: varint() };
    else if (kind === 1) yield { ...field, value: view.getBigUint64(skip(8), true) };
    else if (kind === 5) yield { ...field, value: BigInt(view.getUint32(skip(4), true)) };
    else {
      const length = Number(varint());
      const from = skip(length);
      yield { ...field, bytes: message.subarray(from, from + length) };
    }
  }
}

function all(message: Uint8Array, number: number): readonly Uint8Array[] {
  return [...fieldsOf(message)].flatMap((field) =>
    field.number === number && field.bytes !== null ? [field.bytes] : [],
  );
}

function number(message: Uint8Array, wanted: number): bigint | undefined {
  return [...fieldsOf(message)].find((field) => field.number === wanted)?.value;
}

function millis(span: Uint8Array, field: number): number {
  return Number((number(span, field) ?? 0n) / 1_000_000n);
}

function text(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes);
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
