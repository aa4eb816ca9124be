/** The embedded default: a farm of one repository that needs no file. */
import { configLimits } from './config-limits.ts';
import { localBuilder, localHostType, policyDefaults, repositoryDefaults } from './defaults.ts';
import type { FarmConfig } from './types.ts';

/** Few enough that a first look at a repository has its answer within minutes on one machine. */
const history = 10;
/** A folder on this machine costs next to nothing to look at. */
const localPollMs = 3_000;

/**
 * One repository, one host type that any machine fits, one builder that does what the repository says. `env` is given to
 * every build, for what the network around demands (proxies, registries); it must hold no secret.
 */
export function defaultConfig(options: {
  /** Path or URL. */
  readonly repository: string;
  readonly env?: Readonly<Record<string, string>>;
}): FarmConfig {
  const url = options.repository;
  const isLocal = /^([./]|file:|[A-Za-z]:[\\/])/.test(url);
  return {
    name: 'Croft',
    repositories: [
      {
        ...repositoryDefaults,
        name: repositoryName(url),
        url,
        history,
        pollMs: isLocal ? localPollMs : repositoryDefaults.pollMs,
      },
    ],
    hostTypes: [localHostType],
    builders: [{ ...localBuilder, env: options.env ?? {} }],
    policies: policyDefaults,
  };
}

/** The last part of the address, as a name: "website" of "git@example.org:group/website.git". */
export function repositoryName(url: string): string {
  const path = url
    .replace(/[?#].*$/, '')
    .replace(/[/\\]+$/, '')
    .replace(/([/\\])?\.git$/, '');
  const last = path.split(/[/\\:]/).at(-1) ?? '';
  const name = last.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name.slice(0, configLimits.nameLength) || 'repository';
}
