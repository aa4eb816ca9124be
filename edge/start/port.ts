import { createServer } from 'node:net';
import { FarmError } from '../../agent/wire/farm-error.ts';

const triedPorts = 100;

/** Whether a listener on every address of this machine could have the port now. */
export async function isPortFree(port: number): Promise<boolean> {
  return (await canListen(port, '0.0.0.0')) && (await canListen(port, '::'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: Error & { readonly code?: string }) => {
      // A machine without IPv6 has nobody there who could be in the way.
      resolve(error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL');
    });
    server.listen({ port, host, ipv6Only: host === '::', exclusive: true }, () => {
      server.close(() => resolve(true));
    });
  });
}

/**
 * The port to start on: the one that was asked for, which must be free; else the one of last time, else the default or the
 * first free one after it. `taken` is the wanted port when it was not to be had.
 */
export async function choosePort(
  wish: { readonly explicit: number | null; readonly lastTime: number | null; readonly otherwise: number },
  isFree: (port: number) => Promise<boolean> = isPortFree,
): Promise<{ readonly port: number; readonly taken: number | null }> {
  const { explicit, otherwise } = wish;
  if (explicit !== null) {
    if (explicit === 0 || (await isFree(explicit))) return { port: explicit, taken: null };
    throw new FarmError(
      'conflict',
      `--port ${explicit}: another program listens there; stop it or choose another port`,
      { blame: 'caller' },
    );
  }
  const first = wish.lastTime ?? otherwise;
  if (await isFree(first)) return { port: first, taken: null };
  for (let port = otherwise; port < otherwise + triedPorts; port++) {
    if (port !== first && (await isFree(port))) return { port, taken: first };
  }
  throw new FarmError(
    'conflict',
    `No port from ${otherwise} to ${otherwise + triedPorts - 1} is free; choose one with --port`,
    { blame: 'machine' },
  );
}
