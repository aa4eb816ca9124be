/** One very long log, written and sealed by the product itself. */
import { join } from 'node:path';
import { createSystemClock } from '../../agent/kit/clock.ts';
import { silentLog } from '../../agent/kit/log.ts';
import { createLogs, type SealedLog } from '../../core/logs/index.ts';
import { openFolderBlobs } from '../../storage/blobs/folder.ts';
import { openLogFiles } from '../../storage/logs/files.ts';
import type { Bulk } from './bulk.ts';

const lineEveryMs = 3;

/** Colourful in places, with an error far inside. */
function* output(lines: number): Generator<Uint8Array> {
  let text = '';
  for (let line = 1; line <= lines; line++) {
    const colour = line % 50 === 0 ? ['\u001b[32m', '\u001b[0m'] : ['', ''];
    text += `[${line % 977}/${lines % 991}] compile ${colour[0]}pkg/${(line * 7919) % 50_021}${colour[1]}/file_${line % 311}.go ok ${(line * 31) % 1_000}ms\n`;
    if (line === Math.floor(lines * 0.7)) text += 'pkg/far/away.go:12:3: undefined: needle\n';
    if (text.length < 65_536 && line < lines) continue;
    yield new TextEncoder().encode(text);
    text = '';
  }
}

/** The blob goes into the data folder; the row is for `insertLog`. */
export async function makeLog(dataDir: string, id: string, lines: number, at: number): Promise<SealedLog> {
  const clock = createSystemClock();
  const logs = createLogs({
    files: await openLogFiles(join(dataDir, 'logs')),
    sealed: { sealed: async () => null, removed: async () => null },
    blobs: await openFolderBlobs(join(dataDir, 'blobs')),
    clock,
    log: silentLog,
  });
  const writer = await logs.open(id);
  let line = 0;
  for (const bytes of output(lines)) {
    await writer.append(bytes, at + line * lineEveryMs);
    line += 600;
  }
  const sealed = await writer.seal(0);
  await logs.stop();
  return sealed;
}

export function insertLog(bulk: Bulk, id: string, log: SealedLog): void {
  const columns = ['id', 'bytes', 'lines', 'dropped_bytes', 'sealed_at', 'data', 'blob_key'];
  const { content } = log;
  const [data, key] = content.kind === 'inline' ? [content.data, null] : [null, content.key];
  bulk.into('sealed_logs', columns)([id, log.bytes, log.lines, log.droppedBytes, log.sealedAt, data, key]);
}
