import { parse, TomlError } from 'smol-toml';
import type { Project, Unreadable } from './project.ts';

export interface Pyproject {
  /** It says how to build the project. */
  readonly installable: boolean;
  readonly configuresPytest: boolean;
  /** The extra that tests need, by its usual names. */
  readonly extra: string | null;
  /** The dependency group (PEP 735) that tests need, by its usual names. */
  readonly group: string | null;
}

const usualNames = ['test', 'tests', 'testing', 'dev'];

/** Of a project without one: nothing is said. */
export async function readPyproject(project: Project): Promise<Pyproject | Unreadable> {
  const text = await project.read('pyproject.toml');
  if (text === null) return { installable: false, configuresPytest: false, extra: null, group: null };
  const toml = parseToml(text);
  if ('outcome' in toml) return toml;
  const tool = tableOf(toml.table, 'tool');
  const extras = tableOf(tableOf(toml.table, 'project'), 'optional-dependencies');
  const groups = tableOf(toml.table, 'dependency-groups');
  const extra = usualNames.find((name) => Object.hasOwn(extras, name)) ?? null;
  return {
    installable:
      ['project', 'build-system'].some((name) => Object.hasOwn(toml.table, name)) || 'poetry' in tool,
    configuresPytest: Object.hasOwn(tool, 'pytest'),
    extra,
    // Most projects that have both repeat themselves.
    group: extra === null ? (usualNames.find((name) => Object.hasOwn(groups, name)) ?? null) : null,
  };
}

type Table = Readonly<Record<string, unknown>>;

function parseToml(text: string): { readonly table: Table } | Unreadable {
  try {
    return { table: parse(text) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const place = `pyproject.toml, line ${error.line}, column ${error.column}`;
    const problem = `It is not valid TOML: ${error.message.split('\n')[0]}`;
    return { outcome: 'unreadable', problem: { path: place, problem, fix: 'Mend that line' } };
  }
}

function tableOf(table: Table, name: string): Table {
  const value = Object.hasOwn(table, name) ? table[name] : undefined;
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
