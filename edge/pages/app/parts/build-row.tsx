import type { Build } from '../../../api/model.ts';
import { buildHref } from '../rules/route.ts';
import { CommitLink } from './names.tsx';
import { StateLabel } from './state-mark.tsx';
import { Took, When } from './when.tsx';

/** Heights in CSS (`lists.css`), known to the virtual list. */
export const buildRowPx = { desktop: 37, phone: 63 } as const;

/** What is out of the ordinary: a retry, a request, more than one attempt. */
function noteOf(build: Build): string {
  const trigger = build.trigger === 'commit' ? [] : [build.trigger];
  const attempts = build.attempts > 1 ? [`${build.attempts} attempts`] : [];
  return [...trigger, ...attempts].join(', ');
}

/** One build in a list; `place` says what of its commit has to be named. */
export function BuildRow(props: { readonly build: Build; readonly place: 'repository' | 'commit' | 'none' }) {
  const { build, place } = props;
  return (
    <li class="row build-row">
      <span class="row-state">
        <StateLabel state={build.state} />
      </span>
      <a class="name row-main" href={buildHref(build.id)} title={build.builder}>
        {build.builder}
      </a>
      <span class="row-place">
        {place === 'repository' && (
          <span class="name" title={build.repo}>
            {build.repo}
          </span>
        )}
        {place === 'none' ? noteOf(build) : <CommitLink repo={build.repo} hash={build.commit} />}
      </span>
      <span class="name row-note" title={build.message ?? ''}>
        {build.message ?? (place === 'none' ? '' : noteOf(build))}
      </span>
      <span class="row-took">
        <Took from={build.startedAt} to={build.endedAt} />
      </span>
      <span class="row-when">
        <When at={build.createdAt} />
      </span>
    </li>
  );
}
