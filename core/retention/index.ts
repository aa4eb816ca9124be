/**
 * Retention: lets go of what the farm's configuration says is old or too much (logs, artifacts, source archives, mirrors), and only
 * of that; builds and verdicts stay. A row goes first and says what happened to it, the object that it named goes after, and only
 * while no other row and no running attempt wants it: killed at any moment, nothing that a page links to is gone without a word.
 */
export type { MirrorShelf, RetentionStore } from './ports.ts';
export { createRetention, type RetentionDeps } from './service.ts';
export type { KeptItem, KeptKind, RemovalGate, Retention, RetentionPreview, RuleCount } from './types.ts';
export { keptKinds } from './types.ts';
