/** Filters of the grid; each change is a new address, so a filtered grid can be sent to somebody else. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Repository } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import { stateWord } from '../parts/state-mark.tsx';
import { buildStateNames, buildStateOf } from '../rules/build-states.ts';
import { commitHref, formatRoute, type GridRoute, gridRoute } from '../rules/route.ts';
import { useShortcuts } from '../shell/shortcuts.ts';
import { adjust, navigate } from '../shell/use-route.ts';
import { isFiltering, parseGlobs } from './grid-filter.ts';

interface FilterProps {
  readonly repositories: readonly Repository[];
  readonly repository: Repository;
  readonly route: GridRoute;
}

export function GridFilters(props: FilterProps) {
  const { repository, route } = props;
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  const isAny = isFiltering(route) || route.builders.length > 0;
  const cleared = { ...gridRoute, repo: route.repo, branch: route.branch };
  return (
    <form
      class="filters"
      role="search"
      aria-label="Filter the grid"
      onSubmit={(event) => event.preventDefault()}
    >
      <RepositorySelect {...props} />
      <BranchSelect {...props} />
      <TypedFilter
        label="Builders"
        placeholder="linux-*, *-race"
        value={route.builders.join(', ')}
        apply={(text) => adjust({ ...route, builders: parseGlobs(text) })}
      />
      <StateSelect route={route} />
      <TypedFilter
        label="Commits"
        placeholder="subject, author, hash"
        value={route.text}
        apply={(text) => adjust({ ...route, text: text.trim() })}
        inputRef={search}
      />
      <CommitJump repo={repository.name} text={route.text} />
      {isAny && (
        <a class="filters-clear" href={formatRoute(cleared)}>
          Clear
        </a>
      )}
    </form>
  );
}

function RepositorySelect(props: FilterProps) {
  return (
    <label class="field">
      <span>Repository</span>
      <select
        value={props.repository.name}
        onChange={(event) => navigate({ ...props.route, repo: event.currentTarget.value, branch: null })}
      >
        {props.repositories.map((one) => (
          <option key={one.name} value={one.name}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function BranchSelect(props: FilterProps) {
  const { repository, route } = props;
  const names = repository.branches.map((branch) => branch.name);
  const shown = route.branch ?? repository.defaultBranch ?? names[0] ?? '';
  const options = names.includes(shown) || shown === '' ? names : [shown, ...names];
  return (
    <label class="field">
      <span>Branch</span>
      <select value={shown} onChange={(event) => navigate({ ...route, branch: event.currentTarget.value })}>
        {options.map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function StateSelect(props: { readonly route: GridRoute }) {
  const { route } = props;
  return (
    <label class="field">
      <span>With</span>
      <select
        value={route.state ?? ''}
        onChange={(event) => adjust({ ...route, state: buildStateOf(event.currentTarget.value) })}
      >
        <option value="">any state</option>
        {buildStateNames.map((name) => (
          <option key={name} value={name}>
            {stateWord(name)}
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
  return (
    <label class="field field-grow">
      <span>{props.label}</span>
      <input
        type="search"
        ref={props.inputRef ?? null}
        value={typed}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => {
          const text = event.currentTarget.value;
          setTyped(text);
          timer.current?.cancel();
          timer.current = clock.after(typingPauseMs, () => applyNow(text));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') applyNow(event.currentTarget.value);
        }}
      />
    </label>
  );
}

/** What looks like a hash may be far down: one step goes there. */
function CommitJump(props: { readonly repo: string; readonly text: string }) {
  if (!/^[0-9a-f]{7,64}$/.test(props.text)) return null;
  return (
    <a class="filters-jump" href={commitHref(props.repo, props.text)}>
      Open commit {props.text.slice(0, 12)}
    </a>
  );
}
