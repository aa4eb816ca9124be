/**
 * What a session needs of a connection: whole binary messages, in order. A WebSocket is one; the simulated network of the
 * tests is another. Every callback is synchronous; a transport never calls back after `onClose`.
 */
import type { FarmError } from './farm-error.ts';

export interface TransportEvents {
  onMessage(bytes: Uint8Array): void;
  /** The connection is gone, whoever ended it. Called once. */
  onClose(info: { readonly code: number; readonly reason: string }): void;
  /** What was queued has been handed on and more may be sent. */
  onDrain(): void;
}

export interface Transport {
  /** Must be called once, at once; messages that came before are delivered then. */
  start(events: TransportEvents): void;
  /** `full` asks to wait for `onDrain` before sending bulk data; the message itself was taken. */
  send(bytes: Uint8Array): 'sent' | 'full' | 'closed';
  close(code: number, reason: string): void;
}

/** Close codes of the WebSocket, for whoever reads a trace; the truth is in the `error` or `refused` frame before it. */
export const closeCodes = {
  done: 1000,
  goingAway: 1001,
  protocolViolation: 4000,
  refused: 4001,
  dead: 4002,
  failed: 4003,
} as const;

export function closeCodeOf(error: FarmError): number {
  switch (error.code) {
    case 'shutting_down':
      return closeCodes.goingAway;
    case 'protocol_violation':
    case 'unknown_kind':
    case 'too_large':
    case 'invalid_input':
      return closeCodes.protocolViolation;
    case 'connection_lost':
    case 'timed_out':
      return closeCodes.dead;
    case 'unauthenticated':
    case 'forbidden':
    case 'machine_revoked':
    case 'version_unsupported':
      return closeCodes.refused;
    default:
      return closeCodes.failed;
  }
}
