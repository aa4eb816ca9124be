/**
 * Learns from what came true how far the forecast is off, and corrects it: the ends and the middle of the interval each move a
 * small step at every start, so that in the long run a tenth of the starts falls outside each end and half before the middle,
 * whatever the farm does that the forecast doesn't know. I. Gibbs and E. Candès, "Adaptive conformal inference under
 * distribution shift", NeurIPS 2021.
 */
import type { TaskClass } from './types.ts';

/** Ms that a task waits on, at the probabilities 0.1, 0.5 and 0.9. */
export interface Wait {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Where in the forecast's own interval the true points lie: −1 is its lower end, 0 its middle, 1 its upper end. */
interface Shift {
  low: number;
  middle: number;
  high: number;
}

export interface Correction {
  apply(host: string, name: TaskClass, wait: Wait): Wait;
  /** The uncorrected forecast said `wait`, and the task began after `actualMs`. */
  learn(host: string, name: TaskClass, wait: Wait, actualMs: number): void;
}

const step = 0.05;
/**
 * The share of starts that each end is moved to miss. It is less than a tenth because a lesson comes late, when the task has
 * started and the farm has changed; measured over random farms this makes a tenth (`test/bench/scheduler-calibration.ts`).
 */
const missed = 0.085;
/** The end of an interval is never certain beyond this share of the wait. */
const smallestSpread = 0.03;
/** Keeps shares of very short waits finite; less than this nobody sees. */
const floorMs = 1000;

export function createCorrection(): Correction {
  const shifts = new Map<string, Shift>();
  function shiftOf(host: string, name: TaskClass): Shift {
    const key = `${name} ${host}`;
    const shift = shifts.get(key) ?? { low: -1, middle: 0, high: 1 };
    shifts.set(key, shift);
    return shift;
  }
  return {
    apply(host, name, wait) {
      const { low, middle, high } = shiftOf(host, name);
      const at = (place: number): number => Math.max(0, pointAt(wait, place));
      return { low: at(Math.min(low, middle)), middle: at(middle), high: at(Math.max(high, middle)) };
    },
    learn(host, name, wait, actualMs) {
      const shift = shiftOf(host, name);
      const place = placeOf(wait, actualMs);
      shift.low = bounded(shift.low - step * ((place < shift.low ? 1 : 0) - missed));
      shift.middle = bounded(shift.middle + (step / 2) * (place > shift.middle ? 1 : -1));
      shift.high = bounded(shift.high + step * ((place > shift.high ? 1 : 0) - missed));
    },
  };
}

/** The wait at a place of the interval, which is measured on the logarithmic scale. */
function pointAt(wait: Wait, place: number): number {
  const { below, above } = spreadsOf(wait);
  return (wait.middle + floorMs) * Math.exp(place * (place < 0 ? below : above)) - floorMs;
}

function placeOf(wait: Wait, actualMs: number): number {
  const { below, above } = spreadsOf(wait);
  const distance = Math.log((actualMs + floorMs) / (wait.middle + floorMs));
  return distance / (distance < 0 ? below : above);
}

function spreadsOf({ low, middle, high }: Wait): { readonly below: number; readonly above: number } {
  return {
    below: Math.max(smallestSpread, Math.log((middle + floorMs) / (low + floorMs))),
    above: Math.max(smallestSpread, Math.log((high + floorMs) / (middle + floorMs))),
  };
}

/** Keeps a few odd starts from moving an estimate out of all proportion. */
function bounded(place: number): number {
  return Math.min(Math.max(place, -8), 8);
}
