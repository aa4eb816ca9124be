/** Becomes a compiled program: prints the configuration of the data folder that it is given. */
import { createSystemClock } from '../../agent/kit/clock.ts';
import { createConfigFile } from './file.ts';

const file = createConfigFile(
  { path: null, dataDir: process.argv[2] ?? '' },
  { clock: createSystemClock(), environment: process.env },
);
process.stdout.write(JSON.stringify((await file.read())?.content));
