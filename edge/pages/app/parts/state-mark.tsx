/** A state as colour, shape and word: the shape is enough without the colour, the word without either. */
import type { BuildStateName } from '../rules/build-states.ts';

export type MarkState = BuildStateName | 'none';

const words: Readonly<Record<MarkState, string>> = {
  waiting: 'waiting',
  running: 'running',
  passed: 'passed',
  failed: 'failed',
  cancelled: 'cancelled',
  error: 'infrastructure error',
  none: 'no build',
};

export function stateWord(state: MarkState): string {
  return words[state];
}

/** The square alone; what stands beside it has to say the word. */
export function StateMark(props: { readonly state: MarkState }) {
  return <span class={`mark mark-${props.state}`} aria-hidden="true" />;
}

export function StateLabel(props: { readonly state: MarkState }) {
  return (
    <span class={`state state-${props.state}`}>
      <StateMark state={props.state} />
      {words[props.state]}
    </span>
  );
}
