import type { Why } from '../../../api/model.ts';
import { useNow } from '../data/resource.ts';
import { Elapsed } from '../parts/when.tsx';
import { formatExpectedStart, plural } from '../rules/time.ts';

/** Why a build waits, what is ahead of it, and when it should start. */
export function WhyWaiting(props: { readonly why: Why; readonly since: string }) {
  const { why } = props;
  // The main one stands in the summary already.
  const blockers = why.blockers.filter((blocker) => !why.summary.startsWith(blocker.text));
  return (
    <section class={why.impossible ? 'why note note-error' : 'why note'} aria-label="Why it waits">
      <p class="why-summary">
        <strong>{why.summary}</strong>
      </p>
      <dl class="facts facts-row">
        <div>
          <dt>Waiting for</dt>
          <dd>
            <Elapsed since={props.since} />
          </dd>
        </div>
        <div>
          <dt>Ahead of it</dt>
          <dd>{why.ahead === 0 ? 'nothing: it is next' : plural(why.ahead, 'build')}</dd>
        </div>
        <div>
          <dt>Expected start</dt>
          <dd>
            <ExpectedStart why={why} />
          </dd>
        </div>
      </dl>
      {blockers.length > 0 && (
        <ul class="blockers">
          {blockers.map((blocker) => (
            <li key={`${blocker.kind} ${blocker.text}`}>{blocker.text}</li>
          ))}
        </ul>
      )}
      <p class="quiet">Basis: {why.basis}.</p>
    </section>
  );
}

export function ExpectedStart(props: { readonly why: Why }) {
  const now = useNow(5_000);
  const { expectedStart, impossible } = props.why;
  if (impossible) return <span class="impossible">never as things are</span>;
  if (expectedStart === null) return <span class="quiet">when a machine is back</span>;
  return <span>{formatExpectedStart(expectedStart, now)}</span>;
}
