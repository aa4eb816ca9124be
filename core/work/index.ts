/**
 * Work: what should be built. Every commit that the source finds is wanted by every builder that its repository allows; people
 * want single builds beside that. This folder only says what, and stores it; when and where is the scheduler's to say. Nothing
 * wanted is lost: commits are heard of after they are recorded, and what a crash left without builds is made up at the start.
 */

export { createWork, type WorkDeps } from './service.ts';
export type { Work } from './types.ts';
export { buildersOf, type WantedBuild, wantedBuilds } from './wanted.ts';
