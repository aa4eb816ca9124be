/** Croft with many idle agents: what they cost, and how soon all are back. */
import type { CroftSystem } from './croft.ts';
import { startCroft } from './croft.ts';
import { type Figure, quantile } from './figures.ts';
import { atRest, restartUnder, startIdleFleet } from './idle-fleet.ts';
import type { Scale } from './options.ts';
import type { Say } from './rounds.ts';

function figure(
  name: string,
  unit: Figure['unit'],
  value: number,
  aim: number | null,
  note?: string,
): Figure {
  const values = { Croft: value };
  return { name, unit, better: 'lower', aim, values, ...(note === undefined ? {} : { note }) };
}

/** A farm of its own for each size, so that no size inherits the memory of another. */
export async function fleetFigures(agents: number, scale: Scale, say: Say): Promise<readonly Figure[]> {
  say(`${agents} idle agents`);
  const croft = await startCroft({ logBytes: scale.slowLogBytes });
  try {
    return await measureFleet(croft, agents, scale);
  } finally {
    await croft.stop();
  }
}

async function measureFleet(croft: CroftSystem, agents: number, scale: Scale): Promise<readonly Figure[]> {
  const { farm } = croft;
  const fleet = await startIdleFleet(farm, agents);
  try {
    const rest = await atRest(farm, scale.restMs);
    const latencyMs: number[] = [];
    for (let sample = 0; sample < scale.latencySamples; sample++) latencyMs.push(await croft.latencyMs());
    const back = await restartUnder(farm, fleet);
    const after = await atRest(farm, scale.restMs);
    const many = `${agents.toLocaleString('en')} idle agents`;
    const isSmall = agents <= scale.agents[0];
    return [
      figure(`idle latency with ${many}, p50`, 'ms', quantile(latencyMs, 0.5), isSmall ? 20 : null),
      figure(`idle latency with ${many}, p99`, 'ms', quantile(latencyMs, 0.99), isSmall ? 100 : null),
      figure(
        `memory of the server with ${many}`,
        'MB',
        Math.max(rest.serverMb, after.serverMb),
        isSmall ? 150 : 1000,
        'The larger of before and after its restart.',
      ),
      figure(`processor time of the server with ${many}`, '% of a core', rest.serverCpuPercent, null),
      figure(
        `all of ${many} back after a SIGKILL of the server`,
        's',
        back.allBackSeconds,
        30,
        'The server is started again at once; the agents are one process on the same machine and pay for their half of each handshake.',
      ),
    ];
  } finally {
    await fleet.stop();
  }
}
