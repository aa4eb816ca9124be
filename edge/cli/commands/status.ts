import { type Static, Type } from '@sinclair/typebox';
import { Farm, HealthCheck, Pool, Repository } from '../../api/model.ts';
import { type CommandContext, show } from '../context.ts';
import { oneLine } from '../escapes.ts';
import { exitCodes } from '../exit.ts';
import { type Colour, paint } from '../terminal.ts';
import { examples, type Registrar } from './registrar.ts';

/** What every version of the coordinator answers: it may be older than we are. */
const Health = Type.Object({
  ok: Type.Boolean(),
  checks: Type.Array(
    Type.Composite([
      Type.Pick(HealthCheck, ['name', 'level', 'text']),
      Type.Partial(Type.Pick(HealthCheck, ['since'])),
    ]),
  ),
});

const Status = Type.Object({
  url: Type.String(),
  farm: Farm,
  health: Health,
  pools: Type.Array(Pool),
  repositories: Type.Array(Repository),
});

const levelColours: Readonly<Record<HealthCheck['level'], Colour>> = {
  ok: 'green',
  info: 'grey',
  warning: 'yellow',
  error: 'red',
};

export function addStatus({ program, bind }: Registrar): void {
  const command = program
    .command('status')
    .description('say how the farm is: work, machines, repositories and health')
    .addHelpText(
      'after',
      `${examples('croft status', 'croft status --json | jq .farm.counts')}\n\nExits with 1 when a health check is in error.`,
    );
  bind(command, async (context: CommandContext) => {
    const client = await context.client();
    const [farm, health, pools, repositories] = await Promise.all([
      client.get(Farm, '/api/v1/farm'),
      client.get(Health, '/healthz', {}, [503]),
      client.get(Type.Object({ items: Type.Array(Pool) }), '/api/v1/pools'),
      client.get(Type.Object({ items: Type.Array(Repository) }), '/api/v1/repositories'),
    ]);
    const status = { url: client.url, farm, health, pools: pools.items, repositories: repositories.items };
    show(context, status, () => describe(context, status));
    return health.ok ? exitCodes.ok : exitCodes.negative;
  });
}

function describe(context: CommandContext, status: Static<typeof Status>): string {
  const { farm } = status;
  const { counts } = farm;
  const lines = [
    `${paint(context.terminal, 'bold', farm.name)} at ${status.url}  (Croft ${farm.version}, ${farm.environment})`,
    `  work      ${counts.running} running, ${counts.waiting} waiting`,
    `  machines  ${counts.machinesConnected} of ${counts.machines} connected, ${counts.busySlots} of ${counts.slots} slots busy`,
    `  you are   ${farm.you.name} (${farm.you.scopes.join(', ') || 'may do nothing'})`,
  ];
  for (const repository of status.repositories) {
    const problem =
      repository.lastError === null
        ? ''
        : paint(context.terminal, 'red', `: ${oneLine(repository.lastError)}`);
    const branches = repository.branches.map((branch) => `${branch.name} ${branch.head.slice(0, 10)}`);
    lines.push(
      `  watches   ${repository.name} (${repository.url}) ${branches.slice(0, 5).join(', ')}${problem}`,
    );
  }
  for (const pool of status.pools) {
    const problem =
      pool.problem === null ? '' : paint(context.terminal, 'yellow', `: ${oneLine(pool.problem)}`);
    lines.push(
      `  pool      ${pool.hostType}: ${pool.connected} connected, ${pool.busySlots}/${pool.slots} slots busy${problem}`,
    );
  }
  for (const problem of farm.config.broken?.problems ?? []) {
    const text = `${problem.path}: ${problem.problem}; ${problem.fix}`;
    lines.push(
      paint(context.terminal, 'red', `  config    the new configuration is not in force: ${oneLine(text)}`),
    );
  }
  for (const check of status.health.checks) {
    const level = paint(context.terminal, levelColours[check.level], check.level.padEnd(7));
    const since = check.level === 'ok' || check.since === undefined ? '' : ` (since ${check.since})`;
    lines.push(`  health    ${level} ${check.name}: ${oneLine(check.text)}${since}`);
  }
  return `${lines.join('\n')}\n`;
}
