import { JoinWithToken } from '../parts/first-steps.tsx';
import { useFarm } from '../shell/farm-context.ts';

/** By pool, or all in one list. */
export function MachineViews(props: { readonly shown: 'pools' | 'machines' }) {
  return (
    <nav class="chips" aria-label="Ways to look at machines">
      <a class="chip" href="#pools" aria-current={props.shown === 'pools' ? 'true' : undefined}>
        By pool
      </a>
      <a class="chip" href="#machines" aria-current={props.shown === 'machines' ? 'true' : undefined}>
        All machines
      </a>
    </nav>
  );
}

export function AddMachine() {
  const { can } = useFarm();
  if (!can('machines')) return null;
  return (
    <details class="add-machine">
      <summary>Add a machine</summary>
      <p>A machine dials in by itself and needs no open port. One line, run on it, joins it:</p>
      <JoinWithToken />
    </details>
  );
}
