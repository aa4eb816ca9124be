/** The agent's own program on a disk that ends it at the write that the test names. */
import { createFailpoints } from './failpoint.ts';
import { breakDisk, breakSpawn } from './faulty-disk.ts';

const points = createFailpoints(process.env['CROFT_FAULT']);
breakDisk(process.env['CROFT_FAULT_ROOT'] ?? '', points);
breakSpawn(points);
// It dials a coordinator that was killed often, and would wait longer each time.
const { random } = Math;
Math.random = () => random() / 50;
await import('../../agent/main.ts');
