import { type Static, Type } from '@sinclair/typebox';
import type { Command } from 'commander';
import { FarmError } from '../../../agent/wire/farm-error.ts';
import { listOf, type Machine, MachineDetail, Machine as MachineSchema } from '../../api/model.ts';
import { formatBytes, formatRelative, instantMs } from '../../pages/app/rules/time.ts';
import type { FarmClient } from '../client.ts';
import { type CommandContext, show, showList } from '../context.ts';
import { oneLine } from '../escapes.ts';
import { type ExitCode, exitCodes } from '../exit.ts';
import { type Column, formatTable } from '../table.ts';
import { paint } from '../terminal.ts';
import { machineColours } from '../words.ts';
import { examples, type Registrar } from './registrar.ts';

const acts = {
  drain: 'let a machine finish what it does and give it nothing new',
  undrain: 'give a drained machine work again',
  quarantine: 'take a machine out of service, with a reason',
  release: 'put a quarantined machine back into service',
  revoke: 'refuse the key of a machine for ever',
} as const;

export function addMachines(registrar: Registrar): void {
  const { program, bind } = registrar;
  const machines = program
    .command('machines')
    .description('list the machines, look at one, or change its service')
    .addHelpText(
      'after',
      examples(
        'croft machines',
        'croft machines show mac-mini-3',
        'croft machines quarantine mac-mini-3 --reason "fan is broken"',
      ),
    );
  const list = machines.command('list', { isDefault: true }).description('list the machines');
  bind(list, listMachines);
  const showOne = machines
    .command('show')
    .description('one machine with its history')
    .argument('<machine>', 'name or id');
  bind(showOne, async (context: CommandContext, name: string) => {
    const client = await context.client();
    const { id } = await findMachine(client, name);
    const detail = await client.get(MachineDetail, `/api/v1/machines/${encodeURIComponent(id)}`);
    show(context, detail, () => describe(context, detail));
    return exitCodes.ok;
  });
  for (const [verb, description] of Object.entries(acts)) {
    addAct(registrar, machines.command(verb).description(description), verb);
  }
}

function addAct({ bind }: Registrar, command: Command, verb: string): void {
  command.argument('<machine...>', 'names or ids');
  if (verb === 'quarantine') command.requiredOption('--reason <text>', 'why, shown on the pages');
  bind(
    command,
    async (context: CommandContext, names: readonly string[], options: { readonly reason?: string }) => {
      const client = await context.client();
      for (const name of names) {
        const { id } = await findMachine(client, name);
        const body = options.reason === undefined ? undefined : { reason: options.reason };
        const machine = await client.post(
          MachineSchema,
          `/api/v1/machines/${encodeURIComponent(id)}/${verb}`,
          body,
        );
        show(
          context,
          machine,
          () => `${machine.name}: ${stateOf(context, machine)}, ${oneLine(machine.doing)}\n`,
        );
      }
      return exitCodes.ok;
    },
  );
}

async function listMachines(context: CommandContext): Promise<ExitCode> {
  const client = await context.client();
  const { items } = await client.get(listOf(MachineSchema), '/api/v1/machines');
  showList(context, items, (machines) => {
    if (machines.length === 0) return 'No machines. "croft join-token create" makes a token for one.\n';
    return formatTable(context.terminal, columns(context), machines);
  });
  return exitCodes.ok;
}

function columns(context: CommandContext): readonly Column<Machine>[] {
  const now = context.clock.now();
  return [
    { title: 'STATE', text: (machine) => machine.state, colour: (machine) => machineColours[machine.state] },
    { title: 'NAME', text: (machine) => machine.name, shrinkTo: 8 },
    { title: 'HOST TYPE', text: (machine) => machine.hostType, shrinkTo: 6 },
    { title: 'SLOTS', text: slotsText, align: 'right' },
    { title: 'PLATFORM', text: ({ platform }) => `${platform.os} ${platform.arch}` },
    {
      title: 'SINCE',
      text: (machine) => formatRelative(instantMs(machine.since) ?? now, now),
      align: 'right',
    },
    { title: 'DOES', text: (machine) => machine.doing, shrinkTo: 10 },
    { title: 'ID', text: (machine) => machine.id },
  ];
}

function slotsText(machine: Machine): string {
  const busy = machine.slots.filter((slot) => slot.state === 'busy').length;
  return `${busy}/${machine.slots.length}`;
}

function stateOf(context: CommandContext, machine: Machine): string {
  return paint(context.terminal, machineColours[machine.state], machine.state);
}

function describe(context: CommandContext, machine: Static<typeof MachineDetail>): string {
  const { platform, status, reliability } = machine;
  const now = context.clock.now();
  const lines = [
    `${machine.name}  ${stateOf(context, machine)}: ${oneLine(machine.doing)}`,
    `  id          ${machine.id}`,
    `  host type   ${machine.hostType}, ${slotsText(machine)} slots busy`,
    `  platform    ${platform.os} ${platform.arch}, ${platform.cpus} CPUs, ${formatBytes(platform.memoryBytes)}; ${oneLine(platform.release)}`,
    `  agent       ${platform.agentVersion} on ${platform.runtime} ${platform.runtimeVersion}`,
    `  seen        ${formatRelative(instantMs(machine.lastSeenAt) ?? now, now)}`,
    `  reliability ${reliability.infrastructureFailures} of ${reliability.attempts} attempts failed through the machine`,
  ];
  if (status !== null) {
    lines.push(
      `  load        ${status.load1.toFixed(2)}; ${formatBytes(status.memoryFreeBytes)} of memory and ${formatBytes(status.diskFreeBytes)} of disk free`,
    );
  }
  if (machine.quarantine !== null) {
    lines.push(`  quarantine  by ${machine.quarantine.by}: ${oneLine(machine.quarantine.reason)}`);
  }
  for (const event of machine.events) {
    lines.push(`  ${event.at}  ${oneLine(event.text)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** By id, else by a name that only one machine has. */
async function findMachine(client: FarmClient, name: string): Promise<Machine> {
  const { items } = await client.get(Type.Object({ items: Type.Array(MachineSchema) }), '/api/v1/machines');
  const byId = items.find((machine) => machine.id === name);
  if (byId !== undefined) return byId;
  const named = items.filter((machine) => machine.name === name);
  const [only] = named.length > 1 ? named.filter((machine) => machine.state !== 'revoked') : named;
  if (only === undefined) {
    throw new FarmError('not_found', `No machine has the name or id "${name}"; "croft machines" lists them`, {
      blame: 'caller',
    });
  }
  if (named.filter((machine) => machine.state !== 'revoked').length > 1) {
    throw new FarmError('conflict', `More than one machine has the name "${name}"; use an id`, {
      blame: 'caller',
    });
  }
  return only;
}
