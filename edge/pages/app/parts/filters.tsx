/** Filters of a list or grid. Each change is a new address, so a filtered view can be sent to somebody else. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { useDeps } from '../data/deps.ts';

/** On a phone `more` is folded away until it is asked for, or in use. */
export function Filters(props: {
  readonly label: string;
  readonly children: ComponentChildren;
  readonly more?: ComponentChildren;
  readonly isMoreUsed?: boolean;
}) {
  const [isOpen, setOpen] = useState(props.isMoreUsed ?? false);
  const hasMore = props.more !== undefined;
  return (
    <search aria-label={props.label}>
      <form
        class={isOpen ? 'filters is-open' : 'filters'}
        onSubmit={(event) => event.preventDefault()}
        autocomplete="off"
      >
        {props.children}
        {hasMore && (
          <button type="button" class="filters-more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            {isOpen ? 'Fewer filters' : 'More filters'}
          </button>
        )}
        {hasMore && <div class="filters-rest">{props.more}</div>}
      </form>
    </search>
  );
}

/** One of some names, or all. A name that is not among them (any more) is still shown. */
export function Choice(props: {
  readonly label: string;
  /** What no choice is called; null: there is always one. */
  readonly all: string | null;
  readonly value: string | null;
  readonly names: readonly string[];
  readonly wordOf?: (name: string) => string;
  readonly choose: (name: string | null) => void;
}) {
  const { value, names, all } = props;
  const shown = value === null || names.includes(value) ? names : [value, ...names];
  return (
    <label class="field">
      <span>{props.label}</span>
      <select value={value ?? ''} onChange={(event) => props.choose(event.currentTarget.value || null)}>
        {all !== null && <option value="">{all}</option>}
        {shown.map((name) => (
          <option key={name} value={name}>
            {props.wordOf?.(name) ?? name}
          </option>
        ))}
      </select>
    </label>
  );
}

const typingPauseMs = 250;

/** Applies what is typed after a short pause, and at once on Enter. */
export function TypedFilter(props: {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly apply: (text: string) => void;
  readonly inputRef?: { current: HTMLInputElement | null };
}) {
  const { clock } = useDeps();
  const [typed, setTyped] = useState(props.value);
  const timer = useRef<{ cancel(): void } | null>(null);
  const isTyping = timer.current !== null;
  useEffect(() => {
    if (!isTyping) setTyped(props.value);
  }, [props.value, isTyping]);
  useEffect(() => () => timer.current?.cancel(), []);
  function applyNow(text: string): void {
    timer.current?.cancel();
    timer.current = null;
    props.apply(text);
  }
  function type(text: string): void {
    setTyped(text);
    timer.current?.cancel();
    timer.current = clock.after(typingPauseMs, () => applyNow(text));
  }
  return (
    <label class="field field-grow">
      <span>{props.label}</span>
      <input
        type="search"
        ref={props.inputRef ?? null}
        value={typed}
        placeholder={props.placeholder}
        spellcheck={false}
        onInput={(event) => type(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') applyNow(event.currentTarget.value);
        }}
      />
    </label>
  );
}
