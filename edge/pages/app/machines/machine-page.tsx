import type { ComponentChildren } from 'preact';
import type { Machine, MachineDetail } from '../../../api/model.ts';
import { useReloadOn, useResource } from '../data/resource.ts';
import { CommitLink, Name } from '../parts/names.tsx';
import { ErrorNote, Loading } from '../parts/notes.tsx';
import { For, When } from '../parts/when.tsx';
import { buildHref } from '../rules/route.ts';
import { formatBytes, formatDuration } from '../rules/time.ts';
import { useTitle } from '../shell/use-title.ts';
import { MachineActions } from './machine-actions.tsx';
import { MachineState } from './machine-row.tsx';
import { platformText, reliabilityText } from './machine-words.ts';

export function MachinePage(props: { readonly id: string }) {
  const machine = useResource<MachineDetail>(`/api/v1/machines/${encodeURIComponent(props.id)}`);
  const { data, error, reload } = machine;
  useTitle(data === null ? 'Machine' : data.name);
  useReloadOn(reload, (event) => event.type === 'machine' && event.machine.id === props.id, 500);
  if (data === null) {
    return error === null ? <Loading what="the machine" /> : <ErrorNote error={error} retry={reload} />;
  }
  return (
    <>
      <header class="machine-head">
        <div class="build-title">
          <h1>
            <MachineState state={data.state} />
            <span class="build-builder">{data.name}</span>
          </h1>
          <MachineActions machine={data} reload={reload} />
        </div>
        <p>
          {data.doing}, <For since={data.since} />
        </p>
      </header>
      {error !== null && <ErrorNote error={error} retry={reload} />}
      {data.quarantine !== null && <QuarantineNote quarantine={data.quarantine} />}
      <div class="machine-columns">
        <SlotTable slots={data.slots} />
        <MachineFacts machine={data} />
        <History events={data.events} />
      </div>
    </>
  );
}

function QuarantineNote(props: { readonly quarantine: NonNullable<Machine['quarantine']> }) {
  const { reason, by, since } = props.quarantine;
  return (
    <p class="note note-error">
      <strong>In quarantine:</strong> {reason}. Put there by {by === 'farm' ? 'the farm itself' : by},{' '}
      <When at={since} />.
    </p>
  );
}

function SlotTable(props: { readonly slots: Machine['slots'] }) {
  return (
    <section aria-labelledby="slots-title">
      <h2 id="slots-title">Slots</h2>
      <ul class="slot-list">
        {props.slots.map((slot) => (
          <li key={slot.slot}>
            <span class={`slot slot-${slot.state}`} aria-hidden="true" />
            <span class="number">{slot.slot}</span>
            <span>{slot.state}</span>
            {slot.build !== null && (
              <>
                <Name text={slot.build.builder} href={buildHref(slot.build.id)} />
                <CommitLink repo={slot.build.repo} hash={slot.build.commit} />
              </>
            )}
            {slot.since !== null && (
              <span class="quiet">
                <For since={slot.since} />
              </span>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Fact(props: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </div>
  );
}

function MachineFacts(props: { readonly machine: Machine }) {
  const { machine } = props;
  const { platform, status } = machine;
  return (
    <section aria-labelledby="facts-title">
      <h2 id="facts-title">Machine</h2>
      <dl class="facts">
        <Fact name="Host type">{machine.hostType}</Fact>
        <Fact name="Pool">{machine.pool}</Fact>
        <Fact name="Platform">
          {platformText(platform)}, {platform.release}
        </Fact>
        <Fact name="Host name">{platform.hostname}</Fact>
        <Fact name="Agent">
          {platform.agentVersion} on {platform.runtime} {platform.runtimeVersion}
        </Fact>
        <Fact name="Reliability">{reliabilityText(machine.reliability)}</Fact>
        <Fact name="Joined">
          <When at={machine.createdAt} />
        </Fact>
        <Fact name="Last seen">
          <When at={machine.lastSeenAt} />
          {machine.remote !== null && <span class="quiet"> from {machine.remote}</span>}
        </Fact>
      </dl>
      {status !== null && <Gauges status={status} platform={platform} />}
    </section>
  );
}

function Gauges(props: {
  readonly status: NonNullable<Machine['status']>;
  readonly platform: Machine['platform'];
}) {
  const { status, platform } = props;
  const usedMemory = platform.memoryBytes - status.memoryFreeBytes;
  const usedDisk = status.diskTotalBytes - status.diskFreeBytes;
  return (
    <div class="gauges">
      <Gauge
        name="Load"
        text={`${status.load1.toFixed(2)} on ${platform.cpus} cpus`}
        share={status.load1 / Math.max(1, platform.cpus)}
      />
      <Gauge
        name="Memory"
        text={`${formatBytes(usedMemory)} of ${formatBytes(platform.memoryBytes)}`}
        share={usedMemory / Math.max(1, platform.memoryBytes)}
      />
      <Gauge
        name="Disk"
        text={`${formatBytes(status.diskFreeBytes)} free of ${formatBytes(status.diskTotalBytes)}`}
        share={usedDisk / Math.max(1, status.diskTotalBytes)}
      />
      <p class="quiet">Up {formatDuration(status.uptimeMs)}</p>
    </div>
  );
}

function Gauge(props: { readonly name: string; readonly text: string; readonly share: number }) {
  const percent = Math.max(0, Math.min(100, props.share * 100));
  return (
    <p class={percent > 90 ? 'gauge is-high' : 'gauge'}>
      <span>{props.name}</span>
      <span class="meter" aria-hidden="true">
        <span style={{ width: `${percent}%` }} />
      </span>
      <span class="quiet number">{props.text}</span>
    </p>
  );
}

function History(props: { readonly events: MachineDetail['events'] }) {
  return (
    <section aria-labelledby="history-title">
      <h2 id="history-title">History</h2>
      {props.events.length === 0 && <p class="quiet">Nothing yet</p>}
      <ol class="history">
        {props.events.map((event) => (
          <li key={`${event.at} ${event.kind} ${event.text}`}>
            <span class={`history-kind kind-${event.kind}`}>{event.kind}</span>
            <span class="history-text">{event.text}</span>
            <When at={event.at} />
          </li>
        ))}
      </ol>
    </section>
  );
}
