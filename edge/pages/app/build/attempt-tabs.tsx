import { useEffect, useRef } from 'preact/hooks';
import type { Attempt, BuildDetail } from '../../../api/model.ts';
import type { MarkState } from '../parts/state-mark.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { formatRoute } from '../rules/route.ts';
import { adjust } from '../shell/use-route.ts';

const markOf: Readonly<Record<Attempt['state'], MarkState>> = {
  running: 'running',
  passed: 'passed',
  failed: 'failed',
  cancelled: 'cancelled',
  infrastructure: 'error',
};

/** Sideways only: the page stays where it is. */
function bringIntoView(list: HTMLElement | null, id: string): void {
  const tab = document.getElementById(id);
  if (list !== null && tab !== null) list.scrollLeft = tab.offsetLeft - 12;
}

/** One tab for each attempt, when there is more than one. Arrow keys move between tabs. */
export function AttemptTabs(props: { readonly build: BuildDetail; readonly shown: Attempt }) {
  const { build, shown } = props;
  const attempts = build.attemptList;
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => bringIntoView(list.current, `attempt-${shown.number}`), [shown.number]);
  if (attempts.length < 2) return null;
  function show(attempt: Attempt | undefined): void {
    if (attempt === undefined) return;
    adjust({ page: 'build', id: build.id, attempt: attempt.number, line: null });
    document.getElementById(`attempt-${attempt.number}`)?.focus();
  }
  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    show(attempts[attempts.indexOf(shown) + step]);
  }
  return (
    <div ref={list} class="tabs" role="tablist" aria-label="Attempts" onKeyDown={onKeyDown}>
      {attempts.map((attempt) => (
        <a
          key={attempt.id}
          id={`attempt-${attempt.number}`}
          role="tab"
          aria-selected={attempt === shown}
          aria-controls="attempt"
          tabIndex={attempt === shown ? 0 : -1}
          href={formatRoute({ page: 'build', id: build.id, attempt: attempt.number, line: null })}
        >
          <StateMark state={markOf[attempt.state]} />
          Attempt {attempt.number}
          <span class="quiet"> on {attempt.machine.name}</span>
          <span class="unseen">, {attempt.state}</span>
        </a>
      ))}
    </div>
  );
}
