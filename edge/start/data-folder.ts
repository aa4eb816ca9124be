/** What the supervisor reads and writes in the data folder. The coordinator's own files are only read. */
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Static, type TSchema, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { toFarmError } from '../../agent/wire/farm-error.ts';

export interface DataFolder {
  readonly root: string;
  readonly coordinatorLog: string;
  readonly agentLog: string;
  readonly agentDir: string;
  /** A configuration in the folder, which then says what to watch; null without one. */
  configFile(): string | null;
  /** What the coordinator wrote when it was last ready; null before. */
  coordinator(): CoordinatorRecord | null;
  /** The process that holds the folder, ready or not; null when there is none on record. */
  coordinatorPid(): number | null;
  adminToken(): string | null;
  /** The local machine has joined the farm before. */
  hasIdentity(): boolean;
  /** The process that works in the agent's folder, by the agent's own word. */
  agentLockPid(): number | null;
  readAgent(): ProcessRecord | null;
  writeAgent(record: ProcessRecord): void;
  readSupervisor(): ProcessRecord | null;
  writeSupervisor(record: ProcessRecord): void;
  removeSupervisor(): void;
}

const CoordinatorRecord = Type.Object({ pid: Type.Integer(), url: Type.String(), port: Type.Integer() });
export type CoordinatorRecord = Static<typeof CoordinatorRecord>;

/** The command line tells a process from a later one with the same number; null where the system does not say. */
const ProcessRecord = Type.Object({
  pid: Type.Integer(),
  command: Type.Union([Type.Array(Type.String()), Type.Null()]),
});
export interface ProcessRecord {
  readonly pid: number;
  readonly command: readonly string[] | null;
}

/** The agent's own file; the id is null until a coordinator let it join. */
const JoinedIdentity = Type.Object({ machineId: Type.String() });

const AgentLock = Type.Object({ pid: Type.Integer() });

/** In the order of preference. */
export const configNames = ['farm.config.ts', 'farm.config.json'] as const;

/** Makes the folder when it is missing, invisible to the git repository that it may lie in. */
export function openDataFolder(root: string): DataFolder {
  makeFolder(root);
  const at = (name: string) => join(root, name);
  return {
    root,
    coordinatorLog: at('coordinator.log'),
    agentLog: at('agent.log'),
    agentDir: at('agent'),
    configFile: () => configNames.map(at).find((file) => existsSync(file)) ?? null,
    coordinator: () => readJson(at('coordinator.json'), CoordinatorRecord),
    coordinatorPid() {
      const pid = Number(readText(at('coordinator.pid'))?.trim() || Number.NaN);
      return Number.isSafeInteger(pid) && pid > 1 ? pid : null;
    },
    adminToken: () => readText(at('admin-token'))?.trim() || null,
    hasIdentity: () => readJson(join(at('agent'), 'identity.json'), JoinedIdentity) !== null,
    agentLockPid: () => readJson(join(at('agent'), 'lock'), AgentLock)?.pid ?? null,
    readAgent: () => readJson(at('agent.json'), ProcessRecord),
    writeAgent: (record) => writeJson(at('agent.json'), record),
    readSupervisor: () => readJson(at('supervisor.json'), ProcessRecord),
    writeSupervisor: (record) => writeJson(at('supervisor.json'), record),
    removeSupervisor: () => rmSync(at('supervisor.json'), { force: true }),
  };
}

function makeFolder(root: string): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    const ignore = join(root, '.gitignore');
    if (!existsSync(ignore)) writeFileSync(ignore, '*\n');
  } catch (error) {
    throw toFarmError(error, { code: 'invalid_input', blame: 'caller' });
  }
}

function readText(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

function readJson<S extends TSchema>(path: string, schema: S): Static<S> | null {
  const text = readText(path);
  if (text === null) return null;
  try {
    const value: unknown = JSON.parse(text);
    return Value.Check(schema, value) ? value : null;
  } catch {
    // Cut off by a kill: the next start writes it anew.
    return null;
  }
}

/** Whole or not at all, since the writer may be killed at any byte. */
function writeJson(path: string, value: ProcessRecord): void {
  writeFileSync(`${path}.new`, JSON.stringify(value), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
