import { Elysia, t } from 'elysia';
import { FarmError, invalidInput } from '../../../agent/wire/farm-error.ts';
import type { MachineSnapshot } from '../../../core/machines/types.ts';
import { type ApiContext, identified } from '../context.ts';
import { machineView } from '../machine-view.ts';
import { listOf, literals, Machine, MachineDetail, Pool } from '../model.ts';
import { Id } from '../params.ts';
import { iso } from '../present.ts';

const ById = t.Object({ id: Id });
const historyLines = 200;

export function machineRoutes(context: ApiContext) {
  const { machines, builds, settings } = context.coordinator;
  const view = machineView(context.coordinator);

  async function detail(id: string): Promise<MachineDetail> {
    const snapshot = machines.get(id);
    if (snapshot === null) {
      throw new FarmError('not_found', `No machine has the id "${id}"`, {
        blame: 'caller',
        details: { field: 'id' },
      });
    }
    const events = await machines.history(id, historyLines);
    return { ...view(snapshot), events: events.map(({ at, kind, text }) => ({ at: iso(at), kind, text })) };
  }

  function pools(): Pool[] {
    const config = settings.state().config;
    const all = machines.list().filter(({ machine }) => machine.revokedAt === null);
    const names = [
      ...new Set([
        ...config.hostTypes.map(({ name }) => name),
        ...all.map(({ machine }) => machine.hostType),
      ]),
    ];
    const waiting = builds.waitingByHostType();
    return names.map((hostType) => {
      const expected = config.hostTypes.find(({ name }) => name === hostType)?.expected ?? 0;
      const own = all.filter(({ machine }) => machine.hostType === hostType);
      return poolOf(hostType, expected, own, waiting.get(hostType) ?? 0);
    });
  }

  function poolOf(
    hostType: string,
    expected: number,
    own: readonly MachineSnapshot[],
    waiting: number,
  ): Pool {
    const here = own.filter(({ presence }) => presence.connected);
    const slots = here.flatMap((snapshot) => snapshot.slots);
    const missing = expected - here.length;
    return {
      kind: 'reverse',
      hostType,
      expected,
      connected: here.length,
      slots: slots.length,
      busySlots: slots.filter((slot) => slot.state === 'busy').length,
      waiting,
      problem: poolProblem(missing, expected, here.length, waiting),
      machines: own.map(view),
    };
  }

  return new Elysia({ name: 'machines', prefix: '/api/v1', tags: ['machines'] })
    .use(identified(context, { reading: 'read', acting: 'machines' }))
    .get('/machines', () => ({ items: machines.list().map(view) }), {
      response: listOf(Machine),
      detail: { operationId: 'listMachines', summary: 'Every machine, what it does and how reliable it is' },
    })
    .get('/machines/:id', ({ params }) => detail(params.id), {
      params: ById,
      response: MachineDetail,
      detail: { operationId: 'getMachine', summary: 'One machine and its history' },
    })
    .post(
      '/machines/:id/:action',
      async ({ params: { id, action }, body, identity }) => {
        return view(await act(id, action, body?.reason, identity.name));
      },
      {
        params: t.Object({ id: Id, action: literals(actions) }),
        body: t.Optional(t.Object({ reason: t.Optional(t.String({ minLength: 1, maxLength: 500 })) })),
        response: Machine,
        detail: {
          operationId: 'actOnMachine',
          summary: 'Drain, undrain, quarantine (with a reason), release or revoke a machine',
        },
      },
    )
    .get('/pools', () => ({ items: pools() }), {
      response: listOf(Pool),
      detail: { operationId: 'listPools', summary: 'Every pool with its machines and what waits for them' },
    });

  async function act(
    id: string,
    action: Action,
    reason: string | undefined,
    by: string,
  ): Promise<MachineSnapshot> {
    switch (action) {
      case 'drain':
        return await machines.setDraining(id, true, by);
      case 'undrain':
        return await machines.setDraining(id, false, by);
      case 'quarantine':
        if (reason === undefined)
          throw invalidInput('reason', 'must say why, for those who find the machine quarantined');
        return await machines.quarantine(id, reason, by);
      case 'release':
        return await machines.release(id, by);
      case 'revoke':
        return await machines.revoke(id, by);
    }
  }
}

const actions = ['drain', 'undrain', 'quarantine', 'release', 'revoke'] as const;
type Action = (typeof actions)[number];

function poolProblem(missing: number, expected: number, connected: number, waiting: number): string | null {
  if (missing > 0) return `${missing} of ${expected} expected machines are missing`;
  if (connected === 0 && waiting > 0) return `${waiting} builds wait and no machine is connected`;
  return null;
}
