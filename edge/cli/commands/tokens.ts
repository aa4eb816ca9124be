/** Join tokens for machines, access tokens for people and scripts. */
import type { Static } from '@sinclair/typebox';
import { scopes } from '../../../core/access/types.ts';
import { AccessToken, JoinToken, listOf, NewAccessToken, NewJoinToken } from '../../api/model.ts';
import { formatRelative, instantMs } from '../../pages/app/rules/time.ts';
import { type CommandContext, show, showList } from '../context.ts';
import { exitCodes } from '../exit.ts';
import { type Column, formatTable } from '../table.ts';
import { commaList, duration } from './options.ts';
import { examples, type Registrar } from './registrar.ts';

export function addJoinTokens({ program, bind }: Registrar): void {
  const group = program
    .command('join-token')
    .description('make, list or remove the tokens with which machines join')
    .addHelpText('after', examples('croft join-token --host-type linux-arm64', 'croft join-token list'));
  const create = group
    .command('create', { isDefault: true })
    .description('make a token that one machine can join with, and the line to run there')
    .option('--host-type <name>', 'only as a machine of this type')
    .option('--expires <duration>', 'how long it can be used, such as 2h', duration);
  bind(create, async (context, options: { readonly hostType?: string; readonly expires?: number }) => {
    const client = await context.client();
    const token = await client.post(NewJoinToken, '/api/v1/join-tokens', {
      ...(options.hostType === undefined ? {} : { hostType: options.hostType }),
      ...(options.expires === undefined ? {} : { expiresInMs: options.expires }),
    });
    show(context, token, () => `${token.token}\n`);
    if (!context.json) {
      context.terminal.note(
        `It serves one machine, until ${token.expiresAt}. Run there:\n  ${token.command}`,
      );
    }
    return exitCodes.ok;
  });
  bind(group.command('list').description('list the tokens, without their secrets'), async (context) => {
    const client = await context.client();
    const { items } = await client.get(listOf(JoinToken), '/api/v1/join-tokens');
    showList(context, items, (tokens) => {
      return tokens.length === 0
        ? 'No join tokens.\n'
        : formatTable(context.terminal, joinColumns(context), tokens);
    });
    return exitCodes.ok;
  });
  bind(
    group.command('remove').description('make a token useless').argument('<id...>', 'ids of tokens'),
    async (context, ids: readonly string[]) => await removeAll(context, '/api/v1/join-tokens', ids),
  );
}

export function addTokens({ program, bind }: Registrar): void {
  const group = program
    .command('token')
    .description('make, list or remove access tokens')
    .addHelpText(
      'after',
      examples('croft token create ci --scope build --expires 90d', 'croft token remove tok_01k…'),
    );
  const create = group
    .command('create')
    .description('make an access token; it is shown once')
    .argument('<name>', 'what it is for')
    .requiredOption('--scope <scopes>', `one or more of ${scopes.join(', ')}`, commaList)
    .option('--expires <duration>', 'how long it works, such as 90d; without it for ever', duration);
  bind(
    create,
    async (
      context,
      name: string,
      options: { readonly scope: readonly string[]; readonly expires?: number },
    ) => {
      const client = await context.client();
      const token = await client.post(NewAccessToken, '/api/v1/tokens', {
        name,
        scopes: options.scope,
        ...(options.expires === undefined ? {} : { expiresInMs: options.expires }),
      });
      show(context, token, () => `${token.token}\n`);
      return exitCodes.ok;
    },
  );
  bind(group.command('list').description('list the tokens, without their secrets'), async (context) => {
    const client = await context.client();
    const { items } = await client.get(listOf(AccessToken), '/api/v1/tokens');
    showList(context, items, (tokens) => {
      return tokens.length === 0
        ? 'No access tokens.\n'
        : formatTable(context.terminal, accessColumns(context), tokens);
    });
    return exitCodes.ok;
  });
  bind(
    group.command('remove').description('make a token useless').argument('<id...>', 'ids of tokens'),
    async (context, ids: readonly string[]) => await removeAll(context, '/api/v1/tokens', ids),
  );
}

async function removeAll(context: CommandContext, path: string, ids: readonly string[]) {
  const client = await context.client();
  for (const id of ids) {
    await client.remove(`${path}/${encodeURIComponent(id)}`);
    show(context, { id, removed: true }, () => `removed ${id}\n`);
  }
  return exitCodes.ok;
}

function whenText(context: CommandContext, instant: string | null, none: string): string {
  const at = instantMs(instant);
  return at === null ? none : formatRelative(at, context.clock.now());
}

function joinColumns(context: CommandContext): readonly Column<Static<typeof JoinToken>>[] {
  return [
    { title: 'ID', text: (token) => token.id },
    { title: 'HOST TYPE', text: (token) => token.hostType ?? 'any' },
    { title: 'MADE', text: (token) => whenText(context, token.createdAt, '-') },
    { title: 'BY', text: (token) => token.createdBy, shrinkTo: 6 },
    { title: 'EXPIRES', text: (token) => whenText(context, token.expiresAt, 'never') },
    { title: 'USED', text: (token) => whenText(context, token.usedAt, 'no') },
    { title: 'USED BY', text: (token) => token.usedBy ?? '-' },
  ];
}

function accessColumns(context: CommandContext): readonly Column<Static<typeof AccessToken>>[] {
  return [
    { title: 'ID', text: (token) => token.id },
    { title: 'NAME', text: (token) => token.name, shrinkTo: 8 },
    { title: 'SCOPES', text: (token) => token.scopes.join(', ') },
    { title: 'MADE', text: (token) => whenText(context, token.createdAt, '-') },
    { title: 'EXPIRES', text: (token) => whenText(context, token.expiresAt, 'never') },
    { title: 'USED', text: (token) => whenText(context, token.lastUsedAt, 'never') },
  ];
}
