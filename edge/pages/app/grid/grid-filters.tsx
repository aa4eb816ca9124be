import { useRef } from 'preact/hooks';
import type { Repository } from '../../../api/model.ts';
import { Choice, Filters, TypedFilter } from '../parts/filters.tsx';
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
  const isAny = isFiltering(route) || route.builders.length > 0;
  return (
    <Filters label="Filter the grid" more={<MoreFilters {...props} isAny={isAny} />} isMoreUsed={isAny}>
      <Choice
        label="Repository"
        all={null}
        value={repository.name}
        names={props.repositories.map((one) => one.name)}
        choose={(repo) => navigate({ ...route, repo, branch: null })}
      />
      <Choice
        label="Branch"
        all={null}
        value={route.branch ?? repository.defaultBranch}
        names={repository.branches.map((branch) => branch.name)}
        choose={(branch) => navigate({ ...route, branch })}
      />
    </Filters>
  );
}

function MoreFilters(props: FilterProps & { readonly isAny: boolean }) {
  const { repository, route } = props;
  const search = useRef<HTMLInputElement>(null);
  useShortcuts({ '/': () => search.current?.focus() });
  const cleared = { ...gridRoute, repo: route.repo, branch: route.branch };
  return (
    <>
      <TypedFilter
        label="Builders"
        placeholder="linux-*, *-race"
        value={route.builders.join(', ')}
        apply={(text) => adjust({ ...route, builders: parseGlobs(text) })}
      />
      <Choice
        label="With"
        all="any state"
        value={route.state}
        names={buildStateNames}
        wordOf={(name) => stateWord(buildStateOf(name) ?? 'none')}
        choose={(state) => adjust({ ...route, state: buildStateOf(state) })}
      />
      <TypedFilter
        label="Commits"
        placeholder="subject, author, hash"
        value={route.text}
        apply={(text) => adjust({ ...route, text: text.trim() })}
        inputRef={search}
      />
      <CommitJump repo={repository.name} text={route.text} />
      {props.isAny && (
        <a class="filters-clear" href={formatRoute(cleared)}>
          Clear
        </a>
      )}
    </>
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
