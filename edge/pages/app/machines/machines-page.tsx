import { useMemo } from 'preact/hooks';
import type { Machine } from '../../../api/model.ts';
import { useFarmEvents, useReloadOn, useResource } from '../data/resource.ts';
import { Choice, Filters, TypedFilter } from '../parts/filters.tsx';
import { FirstMachine } from '../parts/first-steps.tsx';
import { Empty, ErrorNote, Loading } from '../parts/notes.tsx';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import type { MachinesRoute } from '../rules/route.ts';
import { plural } from '../rules/time.ts';
import { adjust } from '../shell/use-route.ts';
import { useTitle } from '../shell/use-title.ts';
import { MachineRow, machineRowPx } from './machine-row.tsx';
import { AddMachine, MachineViews } from './machine-views.tsx';
import { machineStates, matchesMachine, withMachines } from './machine-words.ts';

const heights = { desktop: () => machineRowPx.desktop, phone: () => machineRowPx.phone } as const;

export function MachinesPage(props: { readonly route: MachinesRoute }) {
  const { route } = props;
  const machines = useResource<{ items: Machine[] }>('/api/v1/machines');
  const isPhone = useMedia(phoneQuery);
  useTitle('Machines');
  useReloadOn(machines.reload, () => false);
  useFarmEvents((events) => {
    const news = events.filter((event) => event.type === 'machine').map((event) => event.machine);
    if (news.length > 0) machines.patch((data) => ({ items: withMachines(data.items, news) }));
  });
  const all = machines.data?.items ?? [];
  const shown = useMemo(() => all.filter((machine) => matchesMachine(machine, route)), [all, route]);
  if (machines.data === null) {
    return machines.error === null ? (
      <Loading what="machines" />
    ) : (
      <ErrorNote error={machines.error} retry={machines.reload} />
    );
  }
  return (
    <>
      <header class="section-head">
        <h1>Machines</h1>
        <p class="quiet">{plural(all.length, 'machine')}</p>
        <MachineViews shown="machines" />
        <AddMachine />
      </header>
      {machines.error !== null && <ErrorNote error={machines.error} retry={machines.reload} />}
      <MachinesFilters route={route} />
      {all.length === 0 && <FirstMachine />}
      {all.length > 0 && shown.length === 0 && (
        <Empty title="No machine matches">
          <p>
            <a href="#machines">Show all machines</a>
          </p>
        </Empty>
      )}
      <VirtualRows
        items={shown}
        heightOf={isPhone ? heights.phone : heights.desktop}
        label="Machines"
        row={(machine) => <MachineRow key={machine.id} machine={machine} withHostType />}
      />
    </>
  );
}

function MachinesFilters(props: { readonly route: MachinesRoute }) {
  const { route } = props;
  return (
    <Filters label="Filter machines">
      <Choice
        label="State"
        all="any"
        value={route.state}
        names={machineStates}
        choose={(state) => adjust({ ...route, state })}
      />
      <TypedFilter
        label="Machines"
        placeholder="name, host type, OS"
        value={route.text}
        apply={(text) => adjust({ ...route, text: text.trim() })}
      />
    </Filters>
  );
}
