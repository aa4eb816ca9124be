/** JSON answers for readers that take gzip; a grid or a list of machines is megabytes of the same words. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

/** Smaller ones fit a packet or two as they are. */
export const leastCompressedBytes = 1_024;
/** Most of what there is to gain, at a fraction of the time of the best. */
const level = 4;
const compress = promisify(gzip);

export function takesGzip(request: Request): boolean {
  const codings = (request.headers.get('accept-encoding') ?? '').toLowerCase().split(',');
  return codings.some((coding) => /^\s*gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/.test(coding));
}

/** The same answer, smaller where that can be; streams and files are left alone. */
export async function compressed(request: Request, answer: Response): Promise<Response> {
  const type = answer.headers.get('content-type') ?? '';
  const isFile = answer.headers.has('content-disposition') || answer.headers.has('content-range');
  if (answer.body === null || isFile || !/^application\/json\b/.test(type)) return answer;
  answer.headers.append('vary', 'accept-encoding');
  if (!takesGzip(request) || answer.headers.has('content-encoding')) return answer;
  const { status, headers } = answer;
  const bytes = new Uint8Array(await answer.arrayBuffer());
  if (bytes.length < leastCompressedBytes) return new Response(bytes, { status, headers });
  headers.set('content-encoding', 'gzip');
  headers.delete('content-length');
  return new Response(new Uint8Array(await compress(bytes, { level })), { status, headers });
}
