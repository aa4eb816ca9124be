/** Asks a running coordinator, one request after the other, as a browser does: with compression, reading the whole answer. */
import { createSystemClock } from '../../agent/kit/clock.ts';
import { type Figures, figuresOf } from './figures.ts';
import type { Asked, Known } from './routes.ts';

const clock = createSystemClock();

export interface Client {
  readonly url: string;
  readonly token: string;
}

interface Answer {
  readonly ms: number;
  /** As sent: compressed where the server did so. */
  readonly bytes: number;
  readonly next: string | null;
}

async function ask({ url, token }: Client, path: string): Promise<Answer> {
  const began = clock.monotonic();
  const answer = await fetch(`${url}${path}`, {
    headers: { authorization: `Bearer ${token}`, 'accept-encoding': 'gzip, br, zstd' },
    decompress: false,
  });
  const body = new Uint8Array(await answer.arrayBuffer());
  const ms = clock.monotonic() - began;
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
  return { ms, bytes: body.length, next: nextOf(answer, body) };
}

/** A cursor, or for a search in a log the line to go on from. */
function nextOf(answer: Response, body: Uint8Array): string | null {
  if (!(answer.headers.get('content-type') ?? '').includes('json')) return null;
  const value: unknown = JSON.parse(new TextDecoder().decode(unpacked(answer, body)));
  if (typeof value !== 'object' || value === null || !('next' in value) || value.next === null) return null;
  return typeof value.next === 'number' ? `from=${value.next}` : `cursor=${String(value.next)}`;
}

function unpacked(answer: Response, body: Uint8Array): Uint8Array {
  const coding = answer.headers.get('content-encoding');
  if (coding === 'zstd') return Bun.zstdDecompressSync(body);
  return coding === 'gzip' ? Bun.gunzipSync(new Uint8Array(body)) : body;
}

export async function measureRoute(client: Client, asked: Asked, rounds: number): Promise<Figures> {
  const times: number[] = [];
  let bytes = 0;
  await ask(client, asked.path(rounds));
  for (let round = 0; round < rounds; round++) {
    const path = asked.path(round);
    let next: string | null = '';
    for (let page = 0; next !== null && page < (asked.pages ?? 1); page++) {
      const answer: Answer = await ask(
        client,
        next === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${next}`,
      );
      times.push(answer.ms);
      bytes = Math.max(bytes, answer.bytes);
      next = answer.next;
    }
    // A walk tells enough after a few rounds.
    if (times.length > rounds * 8) break;
  }
  return figuresOf(asked.name, times, bytes);
}

interface Listed {
  readonly items: readonly { readonly id: string; readonly commit: string }[];
}

/** Things to ask about, from the farm itself. */
export async function knownOf(
  client: Client,
  seeded: { readonly commits: number; readonly logLines: number; readonly longLogBuild: string | null },
): Promise<Known> {
  async function get<T>(path: string): Promise<T> {
    const answer = await fetch(`${client.url}${path}`, {
      headers: { authorization: `Bearer ${client.token}` },
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return (await answer.json()) as T;
  }
  const ended = await get<Listed>('/api/v1/builds?state=passed&limit=1');
  const machines = await get<{ items: { id: string }[] }>('/api/v1/machines');
  const old = Buffer.from(`grid:${Math.max(1, Math.floor(seeded.commits / 2))}`).toString('base64url');
  const grid = await get<{ repo: string; builders: string[]; commits: { hash: string }[] }>(
    `/api/v1/grid?limit=1&cursor=${old}`,
  );
  return {
    repo: grid.repo,
    build: ended.items[0]?.id ?? '',
    commit: ended.items[0]?.commit ?? '',
    oldCommit: grid.commits[0]?.hash ?? '',
    longLogBuild: seeded.longLogBuild,
    longLogLines: seeded.logLines,
    machine: machines.items[0]?.id ?? '',
    builder: grid.builders[0] ?? '',
    commits: seeded.commits,
  };
}
