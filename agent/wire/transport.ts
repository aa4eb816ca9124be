/**
 * What a session needs of a connection: whole binary messages, in order. A WebSocket is one; the simulated network of the
 * tests is another. Every callback is synchronous; a transport never calls back after `onClose`.
 */
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
