/** The world that git sees: nothing of the user's or the system's settings, and no way to ask anybody anything. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkUrl } from './names.ts';

export type Environment = Readonly<Record<string, string>>;

/** How a command names the remote; the URL itself, which may hold a password, stands in no argument that `ps` could show. */
export const remoteName = 'croft';

/** What may come from the coordinator's own environment: how to reach things, and nothing about git. */
const passedOn = [
  'PATH',
  'SSH_AUTH_SOCK',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'TMPDIR',
];

/**
 * `safe.directory` because a watched folder may belong to another user, and only a user's own file may say so. Objects that no
 * branch reaches any more stay for ever: a build of a commit that was pushed over still needs it.
 */
const settings = `[safe]
	directory = *
[core]
	hooksPath = /dev/null
	quotePath = false
[init]
	defaultBranch = main
[gc]
	autoDetach = false
	pruneExpire = never
	cruftPacks = true
	reflogExpire = never
[maintenance]
	auto = false
[credential]
	helper =
[http]
	lowSpeedLimit = 1000
	lowSpeedTime = 60
[i18n]
	logOutputEncoding = UTF-8
[tar]
	umask = 0022
`;

/** Makes the home folder that git gets, with these settings in it. */
export async function makeGitEnvironment(
  home: string,
  own: Readonly<Record<string, string | undefined>>,
): Promise<Environment> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeFile(join(home, '.gitconfig'), settings);
  const environment: Record<string, string> = {
    HOME: home,
    XDG_CONFIG_HOME: home,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    SSH_ASKPASS: '',
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes -oStrictHostKeyChecking=accept-new -oConnectTimeout=15',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_FLUSH: '1',
    LC_ALL: 'C',
  };
  for (const name of passedOn) {
    const value = own[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}

/** The same with `remoteName` standing for a URL. Rejects with `invalid_input` a URL that git should not see. */
export function withRemote(environment: Environment, url: string): Environment {
  checkUrl(url);
  return {
    ...environment,
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: `remote.${remoteName}.url`,
    GIT_CONFIG_VALUE_0: url,
  };
}
