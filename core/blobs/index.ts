/**
 * Blobs: large bytes by name. Objects are shared by content and named by rows of others; here is what those others have in
 * common: the port of a store (`ports.ts`), who relies on an object that no row names yet, and what is said of one that is gone.
 */
export { type BlobHolds, createBlobHolds } from './holds.ts';
export { type Removal, removalText } from './types.ts';
