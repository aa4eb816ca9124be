/**
 * Counts the writes of a program under test by name, and kills the program at the one that a plan names. The plan is a file, so that it
 * survives the program: `CROFT_FAULT` names it, SIGUSR2 has it read anew, and what was counted stands beside it.
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync, writeSync } from 'node:fs';

/** `during`: the write is under way, and nobody was told that it is done. */
export const phases = ['before', 'during', 'after'] as const;
export type Phase = (typeof phases)[number];

export interface KillPlan {
  readonly name: string;
  /** 1: the first write of this name since the plan was read. */
  readonly count: number;
  readonly phase: Phase;
}

export interface Failpoints {
  /** One more write of this name: the phase to die in, or null to live. */
  next(name: string): Phase | null;
  /** Does not return. */
  die(): never;
}

/** Taken now: `node:fs` may be replaced later by the very functions that ask here. */
const real = { appendFileSync, existsSync, readFileSync, writeFileSync, writeSync };

export function createFailpoints(planFile: string | undefined): Failpoints {
  let plan: KillPlan | null = null;
  const counts = new Map<string, number>();
  let counting = false;

  function readPlan(): void {
    if (planFile === undefined || !real.existsSync(planFile)) return;
    const text = real.readFileSync(planFile, 'utf8');
    plan = text === '' ? null : (JSON.parse(text) as KillPlan | null);
    counts.clear();
    counting = true;
    real.writeFileSync(`${planFile}.seen`, '');
    real.writeFileSync(`${planFile}.ready`, text);
  }
  process.on('SIGUSR2', readPlan);
  readPlan();

  return {
    next(name) {
      if (!counting || planFile === undefined) return null;
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      real.appendFileSync(`${planFile}.seen`, `${name}\n`);
      return plan !== null && plan.name === name && plan.count === count ? plan.phase : null;
    },
    die() {
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way; nothing more may happen here.
      for (;;);
    },
  };
}
