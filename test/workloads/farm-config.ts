/** The farm configuration for a set of repositories, and what the registry clients of its builds need from outside. */
import { join } from 'node:path';
import type { WorkloadBuilder } from './types.ts';

export interface Subject {
  readonly name: string;
  readonly url: string;
  readonly builders: readonly WorkloadBuilder[];
  /** Newest commits that are built. */
  readonly history: number;
}

/** Where to find registries and whom to trust: builds see nothing of the environment of whoever runs this, except these. */
const passed = [
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'],
  ...['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'],
  ...['GOPROXY', 'GOSUMDB', 'GONOSUMDB', 'GONOPROXY', 'GOPRIVATE'],
  ...['PIP_INDEX_URL', 'PIP_CERT', 'PIP_TRUSTED_HOST', 'npm_config_registry', 'npm_config_cafile'],
  ...['CARGO_HTTP_CAINFO', 'CARGO_REGISTRIES_CRATES_IO_PROTOCOL'],
];

/** Throws, naming the variable, for an address with a password in it: the environment of a build can be read by everybody. */
export function passedEnvironment(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of passed) {
    const value = env[name];
    if (value === undefined || value === '') continue;
    if (/:\/\/[^/\s]*@/.test(value)) {
      throw new Error(`${name} has credentials in it, which the page of a build would show: unset it here`);
    }
    found[name] = value;
  }
  return found;
}

/**
 * Caches of the machine, as an operator sets them for builders that trust each other: with a home folder of its own, each build
 * would compile a standard library and fetch an index anew.
 */
export function machineCaches(dir: string): Readonly<Record<string, string>> {
  return {
    GOCACHE: join(dir, 'go-build'),
    npm_config_cache: join(dir, 'npm'),
    PIP_CACHE_DIR: join(dir, 'pip'),
    CARGO_HOME: join(dir, 'cargo'),
  };
}

export function farmConfig(subjects: readonly Subject[], env: Readonly<Record<string, string>>): object {
  return {
    name: 'Real workloads',
    repositories: subjects.map(({ name, url, builders, history }) => ({
      name,
      url,
      history,
      poll: '10s',
      builders: builders.map((builder) => builder.name),
    })),
    hostTypes: [{ name: 'local' }],
    builders: subjects.flatMap(({ builders }) =>
      builders.map((builder) => ({ ...builder, hostType: 'local', env: { ...env, ...builder.env } })),
    ),
  };
}
