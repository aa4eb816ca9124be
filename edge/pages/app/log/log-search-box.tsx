import { useRef } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';
import { Toggle } from '../parts/toggle.tsx';
import type { LogSearchState } from './use-log-search.ts';

export interface SearchBoxProps {
  readonly search: LogSearchState;
  readonly input: { current: HTMLInputElement | null };
  readonly find: (direction: 'next' | 'previous') => void;
  readonly leave: () => void;
}

/** Search in the whole log, on the server. */
export function LogSearchBox(props: SearchBoxProps) {
  const { search } = props;
  const { terms } = search;
  return (
    <search class="log-search" aria-label="Search the log">
      <SearchInput {...props} />
      <Toggle
        isOn={!terms.ignoreCase}
        set={(isOn) => search.setTerms({ ...terms, ignoreCase: !isOn })}
        label="Match case"
      >
        Aa
      </Toggle>
      <Toggle
        isOn={terms.isRegex}
        set={(isRegex) => search.setTerms({ ...terms, isRegex })}
        label="Regular expression"
      >
        .*
      </Toggle>
      <StepButton name="Previous match" keyName="N" press={() => props.find('previous')} arrow="↑" />
      <StepButton name="Next match" keyName="n" press={() => props.find('next')} arrow="↓" />
      <span class="log-said" role="status">
        {search.isBusy ? 'searching …' : search.said}
      </span>
    </search>
  );
}

function StepButton(props: {
  readonly name: string;
  readonly keyName: string;
  readonly press: () => void;
  readonly arrow: string;
}) {
  const { name, keyName } = props;
  return (
    <button
      type="button"
      class="toggle"
      aria-label={name}
      title={`${name} (${keyName})`}
      onClick={props.press}
    >
      {props.arrow}
    </button>
  );
}

const typingPauseMs = 300;

function SearchInput(props: SearchBoxProps) {
  const { search } = props;
  const { clock } = useDeps();
  const timer = useRef<{ cancel(): void } | null>(null);
  function look(query: string): void {
    timer.current?.cancel();
    if (query !== search.terms.query) search.setTerms({ ...search.terms, query });
  }
  function type(query: string): void {
    timer.current?.cancel();
    timer.current = clock.after(typingPauseMs, () => look(query));
  }
  function onKeyDown(event: KeyboardEvent & { currentTarget: HTMLInputElement }): void {
    if (event.key === 'Escape') props.leave();
    if (event.key !== 'Enter') return;
    event.preventDefault();
    if (event.currentTarget.value !== search.terms.query) look(event.currentTarget.value);
    else props.find(event.shiftKey ? 'previous' : 'next');
  }
  return (
    <input
      ref={props.input}
      type="search"
      aria-label="Search the log"
      placeholder="Search the log"
      spellcheck={false}
      autocomplete="off"
      defaultValue={search.terms.query}
      onInput={(event) => type(event.currentTarget.value)}
      onKeyDown={onKeyDown}
    />
  );
}
