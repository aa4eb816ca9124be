/** Shell lines that do by hand what a build did. Pure; everything that comes from outside is quoted. */
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
    `git clone -- ${quoted(cloneUrl(url) ?? 'URL-OF-THE-REPOSITORY')} ${folder}`,
    `cd ${folder}`,
    `git checkout --detach ${quoted(build.commit)}`,
    ...Object.entries(env).map(([name, value]) => `export ${name}=${quoted(value)}`),
    ...plan.steps.map(({ script }) => `sh -e -c ${quoted(script)}`),
  ];
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_./:@=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

function cloneUrl(url: string | null): string | null {
  const parsed = url === null ? null : URL.parse(url);
  if (parsed === null) return url;
  parsed.username = '';
  parsed.password = '';
  return parsed.href;
}
