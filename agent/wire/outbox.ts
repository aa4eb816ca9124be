/**
 * Everything that one connection sends. Bulk data waits for room and then goes one frame per stream and round; control frames
 * (calls, credit, heartbeats) always go, but a peer that keeps asking and never reads is given up before its answers fill the
 * memory.
 */
import { FarmError } from './farm-error.ts';
import { encodeFrame } from './frames.ts';
import { limits } from './limits.ts';
import type { FrameKind } from './protocol.ts';
import type { Transport } from './transport.ts';

export interface Outbox {
  control(kind: FrameKind, stream: number, payload?: Uint8Array): void;
  hasRoom(): boolean;
  data(stream: number, bytes: Uint8Array): void;
  /** `pump` is called once there is room, perhaps at once; asking twice is asking once. */
  waitForRoom(pump: () => void): void;
  onDrain(): void;
}

/** `onOverrun` is called when the peer reads nothing while answers pile up. */
export function createOutbox(transport: Transport, onOverrun: (error: FarmError) => void): Outbox {
  let full = false;
  let backlogBytes = 0;
  let pumping = false;
  const waiting = new Set<() => void>();

  function send(frame: Uint8Array): void {
    if (transport.send(frame) === 'full') full = true;
  }

  function control(kind: FrameKind, stream: number, payload?: Uint8Array): void {
    const frame = encodeFrame(kind, stream, payload);
    if (full) backlogBytes += frame.length;
    if (backlogBytes > limits.controlBacklogBytes) {
      onOverrun(
        new FarmError('connection_lost', 'The peer asks on and does not read the answers', {
          blame: 'outside',
          retry: 'same',
        }),
      );
      return;
    }
    send(frame);
  }

  function pumpAll(): void {
    if (pumping) return;
    pumping = true;
    while (!full && waiting.size > 0) {
      for (const pump of [...waiting]) {
        if (full) break;
        waiting.delete(pump);
        pump();
      }
    }
    pumping = false;
  }

  return {
    control,
    hasRoom: () => !full,
    data: (stream, bytes) => send(encodeFrame('data', stream, bytes)),
    waitForRoom(pump) {
      waiting.add(pump);
      pumpAll();
    },
    onDrain() {
      full = false;
      backlogBytes = 0;
      pumpAll();
    },
  };
}
