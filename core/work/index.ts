/**
 * Work: what should be built. Every commit of a watched branch by every builder that its repository allows, and what people
 * ask for. It only makes builds that wait; when they run is the scheduler's to say. A commit is never forgotten: whatever a
 * crash leaves between finding commits and storing their builds is made up for at the next start.
 */
export { createWork, type WorkDeps } from './service.ts';
export type { BuildRequest, Work } from './types.ts';
