/** What OpenAPI says of answers that are no JSON of ours; Elysia knows nothing of them. */
interface RawAnswer {
  readonly description: string;
  readonly content?: Record<
    string,
    { readonly schema: { readonly type?: 'string'; readonly format?: 'binary' } }
  >;
}

const text = { schema: { type: 'string' } } as const;

export const noContent: Record<string, RawAnswer> = { 204: { description: 'Done' } };

export const download: Record<string, RawAnswer> = {
  200: {
    description: 'The bytes; their digest is the ETag',
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  },
  304: { description: 'The caller has them already' },
};

export const eventStream: Record<string, RawAnswer> = {
  200: {
    description: 'Server-sent events without end; the data of each is a FarmEvent, its id resumes the stream',
    content: { 'text/event-stream': text },
  },
};

/** JSON among the types is in a shape that is not ours to describe. */
export function foreign(description: string, ...types: readonly string[]): Record<string, RawAnswer> {
  const contentOf = (type: string) => (type.endsWith('json') ? { schema: {} } : text);
  return { 200: { description, content: Object.fromEntries(types.map((type) => [type, contentOf(type)])) } };
}

export const logAnswers: Record<string, RawAnswer> = {
  200: {
    description:
      'The text from `offset` on; or server-sent events whose data is a LogEvent, up to the verdict',
    content: { 'text/plain': text, 'text/event-stream': text },
  },
  206: { description: 'The part that `Range` asks for', content: { 'text/plain': text } },
};
