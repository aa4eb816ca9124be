/** Who may come in: the identity half of the handshake. */
import type { Clock } from '../../agent/kit/clock.ts';
import type { IdSource } from '../../agent/kit/ids.ts';
import { FarmError } from '../../agent/wire/farm-error.ts';
import { helloText } from '../../agent/wire/handshake.ts';
import type { Hello } from '../../agent/wire/protocol.ts';
import type { MachineStore } from './ports.ts';
import type { Machine } from './types.ts';

export interface AdmissionDeps {
  readonly store: MachineStore;
  readonly clock: Clock;
  readonly ids: IdSource;
  /** Ed25519: is `signature` (base64) of `text` made with the key whose public half is `publicKey` (raw, base64)? */
  readonly verify: (publicKey: string, text: string, signature: string) => boolean;
  /** SHA-256, hex. */
  readonly hash: (secret: string) => string;
}

export interface Admitted {
  readonly machine: Machine;
  readonly joined: boolean;
}

function refused(code: 'unauthenticated' | 'forbidden' | 'machine_revoked', message: string): FarmError {
  return new FarmError(code, message, { blame: 'caller', retry: 'never' });
}

/** Checks the signature over the challenge and answers the machine; a first dial makes one. Rejects with the reason. */
export async function admit(deps: AdmissionDeps, hello: Hello, nonce: string): Promise<Admitted> {
  return hello.identity.kind === 'join'
    ? await join(deps, hello, hello.identity, nonce)
    : await recognise(deps, hello, hello.identity, nonce);
}

async function recognise(
  deps: AdmissionDeps,
  hello: Hello,
  identity: Extract<Hello['identity'], { kind: 'machine' }>,
  nonce: string,
): Promise<Admitted> {
  const machine = await deps.store.machine(identity.machineId);
  // One answer for an id that nobody has and for a wrong key, so that ids can't be guessed.
  const authentic =
    machine !== null && deps.verify(machine.publicKey, helloText(nonce, identity), identity.signature);
  if (!authentic) {
    throw refused(
      'unauthenticated',
      'This machine is not known here, or its key is another; join it with a fresh token',
    );
  }
  if (machine.revokedAt !== null) {
    throw refused(
      'machine_revoked',
      `The key of machine "${machine.name}" was revoked; join it with a fresh token`,
    );
  }
  const at = deps.clock.now();
  await deps.store.saveSeen({
    machineId: machine.id,
    at,
    name: hello.name,
    slots: hello.slots,
    platform: hello.platform,
  });
  return {
    joined: false,
    machine: { ...machine, name: hello.name, slots: hello.slots, platform: hello.platform, lastSeenAt: at },
  };
}

async function join(
  deps: AdmissionDeps,
  hello: Hello,
  identity: Extract<Hello['identity'], { kind: 'join' }>,
  nonce: string,
): Promise<Admitted> {
  if (!deps.verify(identity.publicKey, helloText(nonce, identity), identity.signature)) {
    throw refused('unauthenticated', 'The signature does not fit the public key that came with it');
  }
  const outcome = await deps.store.join({
    tokenHash: deps.hash(identity.token),
    at: deps.clock.now(),
    machine: {
      id: deps.ids.next('mch'),
      name: hello.name,
      publicKey: identity.publicKey,
      hostType: hello.hostType ?? null,
      slots: hello.slots,
      platform: hello.platform,
    },
  });
  if (outcome.outcome === 'joined') return { machine: outcome.machine, joined: true };
  throw refused('unauthenticated', joinRefusals[outcome.outcome](hello, outcome.tokenHostType));
}

const joinRefusals = {
  'unknown-token': () => 'This join token is not known here; make one with `croft join-token`',
  expired: () => 'This join token has expired; make another with `croft join-token`',
  used: () =>
    'This join token was used already, and a token joins one machine; make another with `croft join-token`',
  'host-type-mismatch': (hello: Hello, wanted: string | undefined) =>
    `This join token is for host type "${wanted ?? ''}", and the agent asked for "${hello.hostType ?? ''}"`,
  'host-type-missing': () => 'The join token names no host type: start the agent with --host-type NAME',
} as const;
