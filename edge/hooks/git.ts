/** "There is something new": from a git hook, a cron job, or a code host's push webhook. Looks only; what is there, git says. */
import { Elysia, t } from 'elysia';
import { invalidInput } from '../../agent/wire/farm-error.ts';
import type { Repository } from '../../core/builders/index.ts';
import { type ApiContext, identified } from '../api/context.ts';

const Url = t.Optional(t.String({ maxLength: 2_048 }));

/** A plain name, or what GitHub, Gitea and GitLab send of the repository that was pushed to. */
const Push = t.Object({
  repository: t.Optional(
    t.Union([
      t.String({ minLength: 1, maxLength: 256 }),
      t.Object({
        clone_url: Url,
        ssh_url: Url,
        html_url: Url,
        git_url: Url,
        git_http_url: Url,
        git_ssh_url: Url,
        homepage: Url,
      }),
    ]),
  ),
});

export function gitHook(context: ApiContext) {
  const { coordinator } = context;
  return new Elysia({ name: 'git-hook', prefix: '/hooks', tags: ['hooks'] })
    .use(identified(context, { reading: 'build', acting: 'build' }))
    .post(
      '/git',
      ({ body, set }) => {
        const { repositories } = coordinator.settings.state().config;
        const found = repositoriesMeant(repositories, body?.repository);
        if (found.length === 0) {
          const names = repositories.map(({ name }) => name).join(', ');
          throw invalidInput('repository', `is none that is watched; there are: ${names}`);
        }
        set.status = 202;
        return {
          repositories: found.map(({ name }) => name).filter((name) => coordinator.source.poke(name)),
        };
      },
      {
        body: t.Optional(Push),
        response: { 202: t.Object({ repositories: t.Array(t.String()) }) },
        detail: {
          operationId: 'gitHook',
          summary:
            'Look for new commits now, in one repository or in all; takes GitHub, Gitea and GitLab push payloads',
        },
      },
    );
}

/** A name or address, or the addresses that a code host gives; all when nothing is named. */
export function repositoriesMeant(
  watched: readonly Repository[],
  wanted: string | Readonly<Record<string, string | undefined>> | undefined,
): readonly Repository[] {
  if (wanted === undefined) return watched;
  const texts = typeof wanted === 'string' ? [wanted] : Object.values(wanted);
  return watched.filter(
    ({ name, url }) =>
      name === wanted || texts.some((text) => text !== undefined && text !== '' && sameUrl(url, text)),
  );
}

/** The same repository by https and by ssh, with and without `.git`. */
export function sameUrl(a: string, b: string): boolean {
  return plainUrl(a) === plainUrl(b);
}

function plainUrl(url: string): string {
  const path = url
    .replace(/^[a-z+]+:\/\//i, '')
    .replace(/^[^@/]*@/, '')
    .replace(/^([^/:]+):(?!\d+\/)/, '$1/')
    .replace(/\.git\/?$/, '')
    .replace(/\/+$/, '');
  return path.toLowerCase();
}
