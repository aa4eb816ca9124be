/** What came of a build that is over, and who has to act. */
import type { BuildDetail } from '../../../api/model.ts';

const blameWords: Readonly<Record<NonNullable<BuildDetail['blame']>, string>> = {
  change: 'the change',
  caller: 'the request',
  machine: 'the machine',
  farm: 'the farm',
  outside: 'something outside the farm',
};

export function BuildVerdict(props: { readonly build: BuildDetail }) {
  const { build } = props;
  if (build.cancelRequestedBy !== null && build.endedAt === null) {
    return <p class="note note-warning">Cancelled by {build.cancelRequestedBy}; waiting for it to stop.</p>;
  }
  if (build.message === null && build.blame === null) return null;
  const kind = build.state === 'failed' || build.state === 'error' ? 'note-error' : 'note-warning';
  return (
    <div class={`note ${kind} verdict`}>
      {build.message !== null && <p class="verdict-message">{build.message}</p>}
      <p class="verdict-blame">
        {build.blame !== null && (
          <>
            Caused by <strong>{blameWords[build.blame]}</strong>.
          </>
        )}{' '}
        {build.state === 'error' &&
          `All ${build.maxAttempts} attempts were lost to the infrastructure; this says nothing about the change.`}
        {build.cancelRequestedBy !== null && `Cancelled by ${build.cancelRequestedBy}.`}
      </p>
    </div>
  );
}
