/** Requests that change something: asked for once, under way visibly, and their refusal shown where they were asked for. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type FarmError, toFarmError } from '../../../../agent/wire/farm-error.ts';
import { Dialog } from './dialog.tsx';
import { ErrorNote } from './notes.tsx';

interface Action {
  readonly isBusy: boolean;
  readonly error: FarmError | null;
  readonly run: () => void;
}

/** `perform` is called at most once at a time. */
function useAction(perform: () => Promise<void>): Action {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<FarmError | null>(null);
  function run(): void {
    if (isBusy) return;
    setBusy(true);
    setError(null);
    perform()
      .catch((caught: unknown) => setError(toFarmError(caught)))
      .finally(() => setBusy(false));
  }
  return { isBusy, error, run };
}

export function ActionButton(props: {
  readonly perform: () => Promise<void>;
  readonly children: ComponentChildren;
  readonly kind?: 'primary' | 'danger' | 'plain';
}) {
  const action = useAction(props.perform);
  return (
    <span class="action">
      <button
        type="button"
        class={props.kind ?? 'plain'}
        aria-busy={action.isBusy}
        disabled={action.isBusy}
        onClick={action.run}
      >
        {props.children}
      </button>
      {action.error !== null && <ErrorNote error={action.error} />}
    </span>
  );
}

/** A button whose action is named once more before it is done. */
export function ConfirmButton(props: {
  readonly label: string;
  readonly title: string;
  readonly confirm: string;
  readonly perform: () => Promise<void>;
  readonly children: ComponentChildren;
  readonly kind?: 'danger' | 'plain';
}) {
  const [isOpen, setOpen] = useState(false);
  const action = useAction(async () => {
    await props.perform();
    setOpen(false);
  });
  return (
    <>
      <button type="button" class={props.kind ?? 'plain'} onClick={() => setOpen(true)}>
        {props.label}
      </button>
      {isOpen && (
        <Dialog title={props.title} onClose={() => setOpen(false)}>
          {props.children}
          {action.error !== null && <ErrorNote error={action.error} />}
          <p class="dialog-actions">
            <button type="button" onClick={() => setOpen(false)}>
              Leave it
            </button>
            <button
              type="button"
              class={props.kind ?? 'primary'}
              disabled={action.isBusy}
              onClick={action.run}
            >
              {props.confirm}
            </button>
          </p>
        </Dialog>
      )}
    </>
  );
}
