import { FarmError } from '../wire/farm-error.ts';

/** The system is out of processes, memory or open files: the same command may start elsewhere. */
const machineIsShort: ReadonlySet<unknown> = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);

/** Blames the command, which names no program that can be executed, or the machine, when that is short of something. */
export function couldNotStart(program: string, error: unknown): FarmError {
  const problem = error instanceof Error ? error.message : String(error);
  const isShort = error instanceof Error && machineIsShort.has((error as NodeJS.ErrnoException).code);
  return new FarmError('could_not_start', `Cannot start "${program.slice(0, 200)}": ${problem}`, {
    blame: isShort ? 'machine' : 'change',
    retry: isShort ? 'elsewhere' : 'never',
    cause: error,
  });
}
