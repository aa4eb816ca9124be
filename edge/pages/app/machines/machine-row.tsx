import type { Machine } from '../../../api/model.ts';
import { Name } from '../parts/names.tsx';
import { For } from '../parts/when.tsx';
import { buildHref, machineHref } from '../rules/route.ts';
import { isUnreliable, reliabilityText } from './machine-words.ts';

/** Heights in CSS (`lists.css`), known to the virtual list. */
export const machineRowPx = { desktop: 41, phone: 85 } as const;

export function MachineState(props: { readonly state: Machine['state'] }) {
  return (
    <span class={`machine-state machine-${props.state}`}>
      <span class="machine-dot" aria-hidden="true" />
      {props.state}
    </span>
  );
}

export function MachineRow(props: { readonly machine: Machine; readonly withHostType: boolean }) {
  const { machine } = props;
  return (
    <li class="row machine-row">
      <span class="row-state">
        <MachineState state={machine.state} />
      </span>
      <span class="row-machine">
        <Name text={machine.name} href={machineHref(machine.id)} class="row-main" />
        {props.withHostType && <Name text={machine.hostType} class="quiet" />}
      </span>
      <Slots slots={machine.slots} />
      <span class="name row-doing" title={machine.doing}>
        {machine.doing}
      </span>
      <span class="row-since">
        <For since={machine.since} />
      </span>
      <span
        class={isUnreliable(machine.reliability) ? 'row-reliability is-unreliable' : 'row-reliability'}
        title="Attempts of the last 30 days that neither the machine nor the farm lost"
      >
        {reliabilityText(machine.reliability)}
      </span>
    </li>
  );
}

const shownSlots = 16;

/** One square for each slot; a busy one leads to its build. */
function Slots(props: { readonly slots: Machine['slots'] }) {
  const busy = props.slots.filter((slot) => slot.state !== 'free').length;
  return (
    <span class="slots">
      <span class="unseen">
        {busy} of {props.slots.length} slots in use
      </span>
      {props.slots.slice(0, shownSlots).map((slot) => {
        const text = `Slot ${slot.slot}: ${slot.state}${slot.build === null ? '' : `, ${slot.build.builder}`}`;
        return slot.build === null ? (
          <span key={slot.slot} class={`slot slot-${slot.state}`} title={text} />
        ) : (
          <a
            key={slot.slot}
            class={`slot slot-${slot.state}`}
            title={text}
            href={buildHref(slot.build.id)}
            tabIndex={-1}
          >
            <span class="unseen">{text}</span>
          </a>
        );
      })}
      {props.slots.length > shownSlots && <span class="quiet">+{props.slots.length - shownSlots}</span>}
    </span>
  );
}
