/** Stands in for `node:os` in the bundle: every machine of the bottle is the same one, whatever it really runs on. */
export const platform = () => 'linux';
export const arch = () => 'x64';
export const release = () => '6.1.0';
export const hostname = () => 'bottle';
export const homedir = () => '/sim';
export const availableParallelism = () => 8;
export const totalmem = () => 16 * 1024 ** 3;
export const freemem = () => 8 * 1024 ** 3;
export const uptime = () => 1_000;
export const loadavg = () => [0, 0, 0];
