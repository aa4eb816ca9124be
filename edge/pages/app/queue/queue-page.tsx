import type { Queue } from '../../../api/model.ts';
import { ExpectedStart } from '../build/why-waiting.tsx';
import { pathWith } from '../data/api.ts';
import { usePaged } from '../data/paged.ts';
import { useReloadOn } from '../data/resource.ts';
import { More } from '../parts/more.tsx';
import { CommitLink } from '../parts/names.tsx';
import { Empty, ErrorNote, Loading } from '../parts/notes.tsx';
import { phoneQuery, useMedia } from '../parts/use-scroll.ts';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { Elapsed } from '../parts/when.tsx';
import { buildHref, formatRoute } from '../rules/route.ts';
import { formatCount } from '../rules/time.ts';
import { useTitle } from '../shell/use-title.ts';

type Waiting = Queue['items'][number];

const heights = { desktop: () => 57, phone: () => 99 } as const;
const pageItems = 200;
/** For each page that is shown. */
const refreshMs = 2_000;

function idOf(item: Waiting): string {
  return item.build.id;
}

export function QueuePage(props: { readonly class: string | null }) {
  const isPhone = useMedia(phoneQuery);
  const queue = usePaged<Waiting, Queue>(pathWith('/api/v1/queue', { limit: pageItems }), idOf);
  useTitle('Queue');
  const { items, first, error } = queue;
  // The more is shown, the more a reload costs.
  const pages = Math.max(1, Math.ceil((items?.length ?? 0) / pageItems));
  useReloadOn(queue.reload, (event) => event.type === 'queue' || event.type === 'build', pages * refreshMs);
  if (items === null || first === null) {
    return error === null ? <Loading what="the queue" /> : <ErrorNote error={error} retry={queue.reload} />;
  }
  const placed = items.map((item, index) => ({ item, position: index + 1 }));
  const shown = placed.filter(({ item }) => props.class === null || item.build.class === props.class);
  const impossible = shown.filter(({ item }) => item.why.impossible);
  return (
    <>
      <QueueHead queue={first} chosen={props.class} />
      {error !== null && <ErrorNote error={error} retry={queue.reload} />}
      {impossible.length > 0 && <Impossible count={impossible.length} first={impossible[0]?.item} />}
      {shown.length === 0 ? (
        <NothingWaits queue={first} chosen={props.class} />
      ) : (
        <VirtualRows
          items={shown}
          heightOf={isPhone ? heights.phone : heights.desktop}
          label="Waiting builds, in the order in which they will start"
          row={({ item, position }) => <WaitingRow key={item.build.id} item={item} position={position} />}
        />
      )}
      <More hasMore={queue.hasMore} isLoading={queue.isLoading} load={queue.loadMore} />
    </>
  );
}

const classes = ['interactive', 'try', 'post-submit', 'backfill'] as const;

function QueueHead(props: { readonly queue: Queue; readonly chosen: string | null }) {
  const { queue, chosen } = props;
  return (
    <header class="section-head">
      <h1>Queue</h1>
      <p class="quiet">
        {formatCount(queue.waiting)} waiting, {formatCount(queue.running)} running
      </p>
      <nav class="chips" aria-label="Classes">
        <Chip name="all" count={queue.waiting} href="#queue" isChosen={chosen === null} />
        {classes.map((name) => (
          <Chip
            key={name}
            name={name}
            count={queue.byClass[name] ?? 0}
            href={formatRoute({ page: 'queue', class: name })}
            isChosen={chosen === name}
          />
        ))}
      </nav>
    </header>
  );
}

function Chip(props: {
  readonly name: string;
  readonly count: number;
  readonly href: string;
  readonly isChosen: boolean;
}) {
  return (
    <a class="chip" href={props.href} aria-current={props.isChosen ? 'true' : undefined}>
      {props.name} <span class="chip-count">{formatCount(props.count)}</span>
    </a>
  );
}

function Impossible(props: { readonly count: number; readonly first: Waiting | undefined }) {
  return (
    <div class="note note-error" role="status">
      <p>
        <strong>
          {props.count === 1 ? 'One build can' : `${props.count} builds can`} never start as things are.
        </strong>{' '}
        {props.first?.why.summary}
      </p>
    </div>
  );
}

function NothingWaits(props: { readonly queue: Queue; readonly chosen: string | null }) {
  return (
    <Empty title={props.chosen === null ? 'Nothing waits' : `Nothing of the class ${props.chosen} waits`}>
      <p>
        {props.queue.running > 0 ? (
          <>
            <a href="#builds?state=running">{formatCount(props.queue.running)} running</a>; every build that
            was asked for has a machine.
          </>
        ) : (
          'Everything that was asked for is built.'
        )}
      </p>
    </Empty>
  );
}

function WaitingRow(props: { readonly item: Waiting; readonly position: number }) {
  const { build, why } = props.item;
  return (
    <li class={why.impossible ? 'row waiting-row is-impossible' : 'row waiting-row'}>
      <span class="row-position number">{props.position}</span>
      <span class="row-build">
        <a class="name row-main" href={buildHref(build.id)} title={build.builder}>
          {build.builder}
        </a>
        <span class="row-place">
          <span class="name" title={build.repo}>
            {build.repo}
          </span>
          <CommitLink repo={build.repo} hash={build.commit} />
        </span>
      </span>
      <span class="row-why" title={[why.summary, ...why.blockers.map((blocker) => blocker.text)].join('\n')}>
        {why.summary}
      </span>
      <span class="row-class">
        <span class="tag">{build.class}</span>
      </span>
      <span class="row-start">
        <ExpectedStart why={why} />
        <span class="quiet">
          waits <Elapsed since={build.createdAt} />
        </span>
      </span>
    </li>
  );
}
