/**
 * Who runs what next, where, and why: a state machine that hears events and answers questions. It has no clock, does no I/O and
 * draws no chance, so the same events give the same answers, and a recorded day can be replayed.
 *
 * Rules, each in its file: a machine takes tasks of its host type (`eligibility.ts`). Its classes share by weight (`turns.ts`).
 * Inside interactive and try the people who ask take turns (`requesters.ts`); post-submit goes by newest commit (`lane.ts`);
 * backfill by what a build would tell (`holes.ts`). Every k-th turn of each goes to the one that waits longest, so nothing starves.
 * The forecast (`forecast.ts`) plays the same rules forward, and `why.ts` puts it all into sentences.
 *
 * It must never claim: a placement is a proposal, and only a `task-started` event, which follows a claim in the store, uses it up.
 */
export type { QueueCount, SchedulerCounts } from './census.ts';
export { createScheduler, type Scheduler } from './scheduler.ts';
