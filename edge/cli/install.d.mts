/** Types of `install.mjs`, which is plain JavaScript because it runs before anything is installed. */
export interface InstallOptions {
  readonly dev: boolean;
  readonly mendStale: boolean;
  readonly say: (line: string) => void;
}

export const projectRoot: string;
export class InstallError extends Error {}
export function missingPackages(root: string, options: { readonly dev: boolean }): string[];
export function bunPath(root: string): string;
export function ensureInstalled(root: string, options: InstallOptions): Promise<string>;
