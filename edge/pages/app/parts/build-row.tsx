import type { Build } from '../../../api/model.ts';
import { buildHref } from '../rules/route.ts';
import { CommitLink } from './names.tsx';
import { StateLabel } from './state-mark.tsx';
import { Took, When } from './when.tsx';

/** Heights in CSS (`lists.css`), known to the virtual list. */
export const buildRowPx = { desktop: 37, phone: 63 } as const;

/** One build in a list. */
export function BuildRow(props: { readonly build: Build; readonly withRepo: boolean }) {
  const { build } = props;
  return (
    <div role="listitem" class="row build-row">
      <span class="row-state">
        <StateLabel state={build.state} />
      </span>
      <a class="name row-main" href={buildHref(build.id)} title={build.builder}>
        {build.builder}
      </a>
      <span class="row-place">
        {props.withRepo && (
          <span class="name" title={build.repo}>
            {build.repo}
          </span>
        )}
        <CommitLink repo={build.repo} hash={build.commit} />
      </span>
      <span class="name row-note" title={build.message ?? ''}>
        {build.message ?? (build.trigger === 'commit' ? '' : build.trigger)}
      </span>
      <span class="row-took">
        <Took from={build.startedAt} to={build.endedAt} />
      </span>
      <span class="row-when">
        <When at={build.createdAt} />
      </span>
    </div>
  );
}
