/** What detection sees of a commit, and what it answers. */
import { type JsonFault, readJson } from '../json-text.ts';
import type { CommitFiles } from '../ports.ts';
import type { ConfigProblem } from '../types.ts';

/** More of a project file than any rule here reads. */
const maxFileBytes = 1024 * 1024;

export interface Project {
  /** At the root: a file (or a link). */
  hasFile(name: string): boolean;
  /** At the root: a folder. */
  hasFolder(name: string): boolean;
  /** The first of these that is a file at the root. */
  firstFile(...names: readonly string[]): string | null;
  /** The text of a file anywhere, at most 1 MiB of it; null when there is none. */
  read(path: string): Promise<string | null>;
}

export interface DetectedStep {
  readonly name: string;
  readonly script: string;
}

export interface Detected {
  readonly outcome: 'detected';
  /** The file that decided. */
  readonly file: string;
  readonly steps: readonly DetectedStep[];
  readonly env: Readonly<Record<string, string>>;
  /** Whether the steps run tests; a kind that tests is preferred to one that only builds. */
  readonly tests: boolean;
  /** Full sentences: what was seen, and what follows from it. */
  readonly why: string;
  /** The steps that a croft.json with one thing changed would have. */
  readonly example: readonly string[];
}

/** A file that decides is there and can't be read: the commit is at fault. */
export interface Unreadable {
  readonly outcome: 'unreadable';
  readonly problem: ConfigProblem;
}

/**
 * One kind of project. A recipe may rely on a shell, the tools of its kind on the PATH, and nothing else: the environment has
 * PATH, HOME (an empty folder), TMPDIR, LANG and CI, and the checkout has no `.git`.
 */
export type Detector = (project: Project) => Promise<Detected | Unreadable | null>;

export function step(script: string, name = script): DetectedStep {
  return { name, script };
}

export async function lookAt(files: CommitFiles): Promise<Project> {
  const names = new Set(await files.listRoot());
  const texts = new Map<string, Promise<string | null>>();
  async function fetch(path: string): Promise<string | null> {
    return (await files.read(path, maxFileBytes))?.text ?? null;
  }
  return {
    hasFile: (name) => names.has(name),
    hasFolder: (name) => names.has(`${name}/`),
    firstFile: (...wanted) => wanted.find((name) => names.has(name)) ?? null,
    read(path) {
      const known = texts.get(path) ?? fetch(path);
      texts.set(path, known);
      return known;
    },
  };
}

/** The object in a JSON file, or what is wrong with it; null when there is no such file. */
export async function readJsonObject(
  project: Project,
  path: string,
): Promise<{ readonly object: Readonly<Record<string, unknown>> } | Unreadable | null> {
  const text = await project.read(path);
  if (text === null) return null;
  const read = readJson(text);
  if ('fault' in read) return unreadable(path, read.fault);
  const { value } = read;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { object: { ...value } };
  const problem = 'It holds something other than an object';
  return { outcome: 'unreadable', problem: { path, problem, fix: 'Put { } around it' } };
}

function unreadable(path: string, fault: JsonFault): Unreadable {
  const place = `${path}, line ${fault.line}, column ${fault.column}`;
  return {
    outcome: 'unreadable',
    problem: { path: place, problem: `It is not valid JSON. ${fault.problem}`, fix: fault.fix },
  };
}
