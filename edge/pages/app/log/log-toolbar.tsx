import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';
import type { LogSearchState } from './use-log-search.ts';

export function Toggle(props: {
  readonly isOn: boolean;
  readonly set: (isOn: boolean) => void;
  readonly label: string;
  readonly shortcut?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <button
      type="button"
      class="toggle"
      aria-pressed={props.isOn}
      aria-label={props.label}
      title={props.shortcut === undefined ? props.label : `${props.label} (${props.shortcut})`}
      onClick={() => props.set(!props.isOn)}
    >
      {props.children}
    </button>
  );
}

const typingPauseMs = 300;

/** Search in the whole log, on the server. */
export function LogSearchBox(props: {
  readonly search: LogSearchState;
  readonly input: { current: HTMLInputElement | null };
  readonly find: (direction: 'next' | 'previous') => void;
  readonly leave: () => void;
}) {
  const { search, find } = props;
  const { clock } = useDeps();
  const timer = useRef<{ cancel(): void } | null>(null);
  function type(query: string): void {
    timer.current?.cancel();
    timer.current = clock.after(typingPauseMs, () => search.setTerms({ ...search.terms, query }));
  }
  function onKeyDown(event: KeyboardEvent & { currentTarget: HTMLInputElement }): void {
    if (event.key === 'Escape') props.leave();
    if (event.key !== 'Enter') return;
    event.preventDefault();
    timer.current?.cancel();
    const query = event.currentTarget.value;
    if (query !== search.terms.query) search.setTerms({ ...search.terms, query });
    else find(event.shiftKey ? 'previous' : 'next');
  }
  return (
    <search class="log-search" aria-label="Search the log">
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
      <Toggle
        isOn={!search.terms.ignoreCase}
        set={(isOn) => search.setTerms({ ...search.terms, ignoreCase: !isOn })}
        label="Match case"
      >
        Aa
      </Toggle>
      <Toggle
        isOn={search.terms.isRegex}
        set={(isRegex) => search.setTerms({ ...search.terms, isRegex })}
        label="Regular expression"
      >
        .*
      </Toggle>
      <button
        type="button"
        class="toggle"
        aria-label="Previous match"
        title="Previous match (N)"
        onClick={() => find('previous')}
      >
        ↑
      </button>
      <button
        type="button"
        class="toggle"
        aria-label="Next match"
        title="Next match (n)"
        onClick={() => find('next')}
      >
        ↓
      </button>
      <span class="log-said" role="status">
        {search.isBusy ? 'searching …' : search.said}
      </span>
    </search>
  );
}
