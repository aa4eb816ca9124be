/** Feeds the narrator from the running farm, until the signal fires. */
import { Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import type { Clock } from '../../agent/kit/clock.ts';
import { Build, BuildDetail, FarmEvent, listOf, Machine, Queue, Repository } from '../api/model.ts';
import type { FarmClient } from '../cli/client.ts';
import { createNarrator, type Narrator } from './narrator.ts';
import { untilAnswered } from './until-answered.ts';

export interface NarrationDeps {
  readonly clock: Clock;
  readonly client: FarmClient;
  readonly farmUrl: string;
  readonly say: (line: string) => void;
}

/** Between two looks while the first build is awaited; afterwards only problems are looked for. */
const lookMs = 1_000;
const calmLookMs = 30_000;
const topics = 'builds,machines,commits';

/** Never rejects: a farm that is away for a while is the parts' affair, and they say so. */
export async function narrate(deps: NarrationDeps, signal: AbortSignal): Promise<void> {
  const finished = await untilAnswered(deps.clock, signal, () => anyFinished(deps.client));
  if (finished === null) return;
  const narrator = createNarrator({
    farmUrl: deps.farmUrl,
    now: () => deps.clock.now(),
    finishedBefore: finished,
  });
  await Promise.all([followEvents(deps, narrator, signal), look(deps, narrator, signal)]);
}

const Page = Type.Object({ items: Type.Array(Build) });

async function anyFinished(client: FarmClient): Promise<boolean> {
  for (const state of ['passed', 'failed', 'error']) {
    const { items } = await client.get(Page, '/api/v1/builds', { state, limit: 1 });
    if (items.length > 0) return true;
  }
  return false;
}

async function followEvents(deps: NarrationDeps, narrator: Narrator, signal: AbortSignal): Promise<void> {
  const path = `/api/v1/events?topics=${topics}`;
  while (!signal.aborted) {
    await untilAnswered(deps.clock, signal, async () => {
      for await (const message of deps.client.events(() => path, { giveUpMs: Number.POSITIVE_INFINITY })) {
        const event: unknown = JSON.parse(message.data);
        if (Value.Check(FarmEvent, event))
          for (const line of await tell(deps.client, narrator, event)) deps.say(line);
      }
    });
  }
}

/** The first build may end before anybody looked at it; what it did and why is told all the same. */
async function tell(client: FarmClient, narrator: Narrator, event: FarmEvent): Promise<readonly string[]> {
  const isFirstEnd = event.type === 'build' && event.build.endedAt !== null && narrator.waitsForFirst;
  if (!isFirstEnd) return narrator.event(event);
  const detail = await detailOf(client, event.build.id);
  return [...narrator.detail(detail), ...narrator.event(event)];
}

async function detailOf(client: FarmClient, id: string): Promise<BuildDetail> {
  return await client.get(BuildDetail, `/api/v1/builds/${encodeURIComponent(id)}`);
}

/** Events tell of changes; what was there before them, and the steps of a build, have to be looked at. */
async function look(deps: NarrationDeps, narrator: Narrator, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await untilAnswered(deps.clock, signal, async () => {
      for (const line of await observe(deps.client, narrator)) deps.say(line);
    });
    await deps.clock.sleep(narrator.waitsForFirst ? lookMs : calmLookMs, signal).catch(() => undefined);
  }
}

async function observe(client: FarmClient, narrator: Narrator): Promise<readonly string[]> {
  const lines: string[] = [];
  const repositories = await client.get(listOf(Repository), '/api/v1/repositories');
  lines.push(...narrator.repositories(repositories.items));
  if (!narrator.waitsForFirst) return lines;
  const machines = await client.get(listOf(Machine), '/api/v1/machines');
  for (const machine of machines.items) lines.push(...narrator.event({ type: 'machine', machine }));
  const running = await client.get(Page, '/api/v1/builds', { state: 'running', limit: 1 });
  for (const build of running.items) lines.push(...narrator.event({ type: 'build', build }));
  if (narrator.watched === null) {
    lines.push(...narrator.queue(await client.get(Queue, '/api/v1/queue', { limit: 1 })));
    return lines;
  }
  const build = await detailOf(client, narrator.watched);
  return [...lines, ...narrator.detail(build), ...narrator.event({ type: 'build', build })];
}
