/** Checks of the coordinator itself: what it stands on, and whether it still does its work. Pure. */
import type { DiskRoom, Refusal } from './ports.ts';
import type { Probed } from './probing.ts';
import type { Finding } from './types.ts';

export interface OwnFacts {
  readonly now: number;
  readonly database: {
    readonly refusal: Refusal | null;
    readonly lastFailure: Refusal | null;
    readonly probed: Probed<void>;
  };
  readonly blobs: Probed<void>;
  readonly disk: Probed<DiskRoom>;
  /** Below this much room somebody should look; 0: never. */
  readonly diskFreeBytes: number;
  readonly git: Probed<string>;
  /** Builds that should have been placed, at the newest look and the one before. */
  readonly overlooked: readonly [before: number, newest: number];
  readonly loopLagMs: number;
  /** Parts of the coordinator that came to an end though it runs. */
  readonly endedLoops: readonly { readonly name: string; readonly message: string }[];
  readonly failingLogs: number;
}

const lagWarningMs = 1_000;
const lagErrorMs = 10_000;
/** Of the room at which somebody should look, this share is the last moment. */
const vitalRoom = 0.1;

export function ownChecks(facts: OwnFacts): readonly Finding[] {
  return [
    database(facts),
    blobs(facts),
    disk(facts),
    git(facts),
    scheduler(facts),
    eventLoop(facts),
    logs(facts),
    loops(facts),
  ];
}

function database({ database: { refusal, lastFailure, probed } }: OwnFacts): Finding {
  const name = 'database';
  if (refusal !== null) {
    const text = `Every write is refused since a sync of the disk failed, and until the coordinator is started again: ${refusal.message}`;
    return { name, level: 'error', isVital: true, text };
  }
  if (probed?.ok === false)
    return { name, level: 'error', isVital: true, text: `Can't be written to: ${probed.message}` };
  if (lastFailure !== null)
    return { name, level: 'error', isVital: true, text: `The newest write failed: ${lastFailure.message}` };
  if (probed === null) return { name, level: 'info', text: 'Not looked at yet' };
  return { name, level: 'ok', text: 'Writes are stored' };
}

function blobs({ blobs: probed }: OwnFacts): Finding {
  const name = 'blob store';
  if (probed === null) return { name, level: 'info', text: 'Not looked at yet' };
  if (!probed.ok) return { name, level: 'error', isVital: true, text: `Can't be reached: ${probed.message}` };
  return { name, level: 'ok', text: 'It answers' };
}

function disk({ disk: probed, diskFreeBytes: limit }: OwnFacts): Finding {
  const name = 'disk room';
  if (probed === null) return { name, level: 'info', text: 'Not looked at yet' };
  if (!probed.ok)
    return { name, level: 'warning', text: `The disk of the data folder can't be asked: ${probed.message}` };
  const { freeBytes, totalBytes } = probed.value;
  const room = `${size(freeBytes)} of ${size(totalBytes)} are free`;
  if (freeBytes < limit * vitalRoom) {
    const text = `The disk of the data folder is nearly full: ${room}; make room now, or nothing more can be stored`;
    return { name, level: 'error', isVital: true, text };
  }
  if (freeBytes < limit) {
    const text = `The disk of the data folder fills up: ${room}, and ${size(limit)} should be; make room`;
    return { name, level: 'warning', text };
  }
  return { name, level: 'ok', text: `${room} on the disk of the data folder` };
}

function git({ git: probed }: OwnFacts): Finding {
  const name = 'git';
  if (probed === null) return { name, level: 'info', text: 'Not looked at yet' };
  if (!probed.ok) return { name, level: 'error', text: `Repositories can't be fetched: ${probed.message}` };
  return { name, level: 'ok', text: `Version ${probed.value}` };
}

/** One look may fall between an event and its placement; two in a row can't. */
function scheduler({ overlooked: [before, newest] }: OwnFacts): Finding {
  const name = 'scheduler';
  if (before === 0 || newest === 0) return { name, level: 'ok', text: 'What can be placed is placed' };
  const builds = newest === 1 ? '1 build waits' : `${newest} builds wait`;
  const text = `${builds} beside a free slot and nothing is placed: start the coordinator again and report this`;
  return { name, level: 'error', isVital: true, text };
}

function eventLoop({ loopLagMs }: OwnFacts): Finding {
  const name = 'event loop';
  const text = `The coordinator was up to ${Math.round(loopLagMs)} ms late in the last seconds`;
  if (loopLagMs < lagWarningMs) return { name, level: 'ok', text };
  const why = `${text}: its machine is too slow or too busy`;
  if (loopLagMs < lagErrorMs) return { name, level: 'warning', text: why };
  return { name, level: 'error', text: `${why}; agents will be taken for lost` };
}

function logs({ failingLogs }: OwnFacts): Finding {
  const name = 'logs';
  if (failingLogs === 0) return { name, level: 'ok', text: 'The output of builds is written' };
  const text = `The output of ${failingLogs} running builds can't be written to the disk; their machines keep it until it can`;
  return { name, level: 'error', text };
}

function loops({ endedLoops }: OwnFacts): Finding {
  const name = 'coordinator';
  const [first] = endedLoops;
  if (first === undefined) return { name, level: 'ok', text: 'All of its parts work' };
  const text = `Its part "${first.name}" came to an end: ${first.message}; start the coordinator again and report this`;
  return { name, level: 'error', isVital: true, text };
}

const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

function size(bytes: number): string {
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  const value = bytes / 1024 ** power;
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`;
}
