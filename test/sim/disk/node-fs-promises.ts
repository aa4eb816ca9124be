/** Stands in for `node:fs/promises` in the bundle. */
import * as fs from './node-fs.ts';

export const mkdir = async (...args: Parameters<typeof fs.mkdirSync>) => fs.mkdirSync(...args);
export const readdir = async (...args: Parameters<typeof fs.readdirSync>) => fs.readdirSync(...args);
export const rm = async (...args: Parameters<typeof fs.rmSync>) => fs.rmSync(...args);
export const link = async (...args: Parameters<typeof fs.linkSync>) => fs.linkSync(...args);
export const stat = async (...args: Parameters<typeof fs.statSync>) => fs.statSync(...args);
export const unlink = async (...args: Parameters<typeof fs.unlinkSync>) => fs.unlinkSync(...args);

export async function open(path: string, flags: string) {
  const fd = fs.openSync(path, flags);
  return {
    sync: async () => fs.fsyncSync(fd),
    close: async () => fs.closeSync(fd),
  };
}
