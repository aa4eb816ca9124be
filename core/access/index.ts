/**
 * Access: who asks, and what they may do. The admin token of the data folder holds every scope; personal tokens hold the
 * scopes they were made with. Tokens are random, shown once, and kept as hashes; nothing here ever logs one.
 */
export { type AccessDeps, createAccess } from './service.ts';
export { type Access, type AccessToken, allows, type Identity, type Scope, scopes } from './types.ts';
