/** A process that is made to be killed: appends to some logs, and tells on standard output how far each one was acknowledged. */
import { writeSync } from 'node:fs';
import { patternOf } from '../conformance/blobs.ts';
import { openLogFiles } from './files.ts';

const [, , dir = ''] = process.argv;
const files = await openLogFiles(dir);

async function fill(id: string, chunkBytes: number): Promise<never> {
  const file = await files.open(id);
  const pattern = patternOf(1_000_003);
  for (let at = file.size; ; ) {
    const from = at % pattern.byteLength;
    const chunk = pattern.subarray(from, from + chunkBytes);
    await file.append(chunk, Math.floor(at / 1_000));
    at += chunk.byteLength;
    writeSync(1, `${id} ${at}\n`);
  }
}

await Promise.all([fill('small', 77), fill('middle', 20_000), fill('large', 900_000)]);
