/** The one place where the command line reads its environment. */
export interface CliEnvironment {
  readonly url: string | undefined;
  readonly token: string | undefined;
  readonly noColor: string | undefined;
  readonly term: string | undefined;
  /** The folder that relative paths are meant from. */
  readonly cwd: string;
  readonly all: Readonly<Record<string, string | undefined>>;
}

/**
 * npm runs a script in the folder of its package.json; what somebody typed after `npm start --` is meant from the folder that
 * they were in.
 */
export function readEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): CliEnvironment {
  const throughNpm = env['npm_lifecycle_event'] === 'start' || env['npm_lifecycle_event'] === 'croft';
  return {
    url: env['CROFT_URL'],
    token: env['CROFT_TOKEN'],
    noColor: env['NO_COLOR'],
    term: env['TERM'],
    cwd: (throughNpm ? env['INIT_CWD'] : undefined) ?? cwd,
    all: env,
  };
}

/**
 * Both spellings of NO_PROXY with this machine's own names added: a farm on localhost is never reached through a proxy, though
 * Bun's fetch would try.
 */
export function directToLoopback(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const given = env['NO_PROXY'] ?? env['no_proxy'] ?? '';
  const hosts = [...given.split(','), 'localhost', '127.0.0.1', '::1'].map((host) => host.trim());
  const value = [...new Set(hosts)].filter((host) => host !== '').join(',');
  return { NO_PROXY: value, no_proxy: value };
}
