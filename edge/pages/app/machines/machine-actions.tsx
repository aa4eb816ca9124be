import { useState } from 'preact/hooks';
import type { Machine } from '../../../api/model.ts';
import { useDeps } from '../data/deps.ts';
import { ActionButton, ConfirmButton } from '../parts/action.tsx';
import { useFarm } from '../shell/farm-context.ts';

/** What may be done to a machine, for those whose token allows it. */
export function MachineActions(props: { readonly machine: Machine; readonly reload: () => void }) {
  const { machine, reload } = props;
  const { can, farm } = useFarm();
  const { api } = useDeps();
  if (machine.state === 'revoked') return null;
  if (!can('machines')) {
    return farm === null ? null : (
      <a class="quiet sign-in" href="#settings">
        Give a token to change it
      </a>
    );
  }
  const act = async (action: string, body?: unknown): Promise<void> => {
    await api.post<Machine>(`/api/v1/machines/${encodeURIComponent(machine.id)}/${action}`, body);
    reload();
  };
  return (
    <div class="actions">
      {machine.state === 'draining' ? (
        <ActionButton perform={() => act('undrain')}>Take work again</ActionButton>
      ) : (
        <ActionButton perform={() => act('drain')}>Drain</ActionButton>
      )}
      {machine.quarantine === null ? (
        <Quarantine machine={machine} quarantine={(reason) => act('quarantine', { reason })} />
      ) : (
        <ActionButton kind="primary" perform={() => act('release')}>
          Release
        </ActionButton>
      )}
      <ConfirmButton
        label="Revoke"
        title={`Revoke ${machine.name}?`}
        confirm="Revoke its key"
        kind="danger"
        perform={() => act('revoke')}
      >
        <p>
          Its key is refused from now on, and what it runs is placed anew on other machines. To come back it
          has to join again with a new token.
        </p>
      </ConfirmButton>
    </div>
  );
}

function Quarantine(props: {
  readonly machine: Machine;
  readonly quarantine: (reason: string) => Promise<void>;
}) {
  const [reason, setReason] = useState('');
  return (
    <ConfirmButton
      label="Quarantine"
      title={`Put ${props.machine.name} in quarantine?`}
      confirm="Quarantine"
      perform={() => props.quarantine(reason.trim())}
    >
      <p>What it runs goes on; it gets no new work until somebody releases it.</p>
      <label class="field">
        <span>Reason, for those who find it there</span>
        <input value={reason} maxLength={500} onInput={(event) => setReason(event.currentTarget.value)} />
      </label>
    </ConfirmButton>
  );
}
