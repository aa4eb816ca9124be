/** Shell lines that do by hand what a build did. Pure; everything that comes from outside is quoted. */
import { withoutUrlSecrets } from '../../agent/kit/url-secrets.ts';
import type { Plan } from '../../core/builders/types.ts';
import type { Build } from '../../core/builds/types.ts';

export function reproduceLines(options: {
  readonly build: Build;
  readonly plan: Plan;
  readonly url: string | null;
}): string[] {
  const { build, plan, url } = options;
  const folder = quoted(`${build.repo}-${build.commit.slice(0, 10)}`);
  const env = {
    CI: 'true',
    ...plan.env,
    CROFT_REPO: build.repo,
    CROFT_COMMIT: build.commit,
    CROFT_BUILDER: build.builder,
  };
  return [
    `git clone -- ${quoted(url === null ? 'URL-OF-THE-REPOSITORY' : withoutUrlSecrets(url))} ${folder}`,
    `cd ${folder}`,
    `git checkout --detach ${quoted(build.commit)}`,
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    ...plan.steps.map(({ script }) => `sh -e -c ${quoted(script)}`),
  ];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
