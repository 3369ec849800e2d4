// `daykey token`: issues, lists and revokes API tokens, for integrations outside AWS.

import type { Command } from 'commander';
import { hashApiToken, newApiToken, tokenIdOf } from '../../vault/domain/api-token.ts';
import type { Generations } from '../../vault/domain/app-record.ts';
import { rfc3339 } from '../../vault/domain/instant.ts';
import type { IssuedToken } from '../../vault/ports/api-tokens.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { CommandError } from './command-error.ts';
import { durationUpTo } from './duration.ts';
import { print, say, tableLines } from './output.ts';
import { withProgress } from './progress.ts';
import type { OperatorVault, Surroundings } from './surroundings.ts';
import { type AppOptions, appCommand, checkIntegration, noSuchApp, onVault } from './vault-command.ts';

interface IssueOptions extends AppOptions {
  readonly integration: string;
  /** Seconds. */
  readonly expiresIn: number;
  readonly json?: boolean;
}

interface ListOptions extends AppOptions {
  readonly json?: boolean;
}

/** A token with the last day on which decrypt saw it. */
interface ListedToken extends IssuedToken {
  readonly lastDecryptOn: string | undefined;
  /** Whether its integration was removed since it was issued: then it never works again, whatever its expiry. */
  readonly isEnded: boolean;
}

/** A year, and a day for those who renew late. A forgotten token expires. */
const MAX_LIFE_DAYS = 366;
const TOKEN_ID = /^[0-9a-f]{12,64}$/;
const READS_AT_ONCE = 16;

export function addToken(program: Command, surroundings: Surroundings): void {
  const token = program.command('token').description('API tokens of integrations outside AWS');
  appCommand(token, 'issue')
    .description('makes an API token and prints it, this one time')
    .requiredOption('--integration <name>', 'the integration that it is for')
    .requiredOption(
      '--expires-in <duration>',
      `minutes, hours or days, like 30d; at most ${MAX_LIFE_DAYS}d`,
      durationUpTo(MAX_LIFE_DAYS),
    )
    .option('--json', 'prints the token with its ID and expiry as a line of JSON')
    .action((options: IssueOptions) => onVault(surroundings, options, (vault) => issue(surroundings, vault, options)));
  appCommand(token, 'list')
    .description("lists an app's tokens, and the last day on which the decrypt function saw each of them")
    .option('--json', 'prints each token as a line of JSON')
    .action((options: ListOptions) => onVault(surroundings, options, (vault) => list(surroundings, vault, options)));
  appCommand(token, 'revoke')
    .argument('<id>', 'the ID that `daykey token list` shows')
    .description('revokes a token: it stops working within 60 seconds')
    .action((id: string, options: AppOptions) => {
      if (!TOKEN_ID.test(id)) throw new CommandError('an ID has 12 hex digits: `daykey token list` shows them');
      return onVault(surroundings, options, (vault) => revoke(surroundings, vault, options.app, id));
    });
}

async function issue(surroundings: Surroundings, vault: OperatorVault, options: IssueOptions): Promise<void> {
  const { app, integration, expiresIn, json = false } = options;
  const ring = await vault.keyRing.read(app);
  if (ring === undefined || ring.settings.state !== 'live') throw noSuchApp(vault, app);
  checkIntegration(ring.settings, integration);
  const token = newApiToken();
  const hash = hashApiToken(token);
  const id = tokenIdOf(hash);
  const createdAtS = secondsOf(surroundings.clock());
  const expiresAtS = createdAtS + expiresIn;
  const generation = ring.generations[integration] ?? '';
  await vault.tokens.issue(hash, { app, integration, generation, expiresAtS }, createdAtS);
  const expiresAt = rfc3339(expiresAtS);
  await print(surroundings, json ? JSON.stringify({ token, id, app, integration, expiresAt }) : token);
  say(surroundings, `token ${id} is for ${app}/${integration}, until ${minute(expiresAtS)}`);
  say(surroundings, 'it is shown only now: the vault keeps its hash');
}

async function list(surroundings: Surroundings, vault: OperatorVault, { app, json }: ListOptions): Promise<void> {
  const ring = await vault.keyRing.read(app);
  const tokens = await listedTokens(surroundings, vault, app, ring?.generations ?? {});
  if (tokens.length === 0) {
    if (ring === undefined) throw noSuchApp(vault, app);
    return say(surroundings, `app ${app} has no tokens: \`daykey token issue\` makes one`);
  }
  if (json) {
    for (const token of tokens) await print(surroundings, JSON.stringify(record(token)));
    return;
  }
  const nowS = secondsOf(surroundings.clock());
  const head = ['ID', 'INTEGRATION', 'CREATED', 'EXPIRES', 'LAST DECRYPT'];
  for (const line of tableLines([head, ...tokens.map((token) => cells(token, nowS))])) await print(surroundings, line);
}

async function listedTokens(
  { stderr }: Surroundings,
  vault: OperatorVault,
  app: string,
  generations: Generations,
): Promise<ListedToken[]> {
  return withProgress(
    'reading the tokens',
    async (progress) => {
      const issued = await vault.tokens.list(app);
      const listed: ListedToken[] = [];
      while (listed.length < issued.length) {
        const some = issued.slice(listed.length, listed.length + READS_AT_ONCE);
        const days = await Promise.all(some.map(({ id }) => vault.tokenUses.lastDay(id)));
        for (const [index, token] of some.entries()) {
          const isEnded = generations[token.integration] !== token.generation;
          listed.push({ ...token, lastDecryptOn: days[index], isEnded });
        }
        progress.update(`${listed.length} of ${issued.length}`);
      }
      return listed;
    },
    stderr,
  );
}

async function revoke(surroundings: Surroundings, vault: OperatorVault, app: string, id: string): Promise<void> {
  const revoked = await vault.tokens.revoke(app, id);
  if (revoked === 0) {
    if ((await vault.keyRing.read(app)) === undefined) throw noSuchApp(vault, app);
    throw new CommandError(`app ${app} has no token ${id}: \`daykey token list --app ${app}\` shows those that it has`);
  }
  say(surroundings, `token ${id} is revoked: it stops working within 60 seconds`);
}

function cells({ isEnded, ...token }: ListedToken, nowS: number): string[] {
  const { id, integration, createdAtS, expiresAtS, lastDecryptOn } = token;
  const mark = expiresAtS <= nowS ? ' (expired)' : isEnded ? ' (integration removed)' : '';
  return [
    id,
    integration,
    createdAtS === undefined ? 'unknown' : minute(createdAtS),
    minute(expiresAtS) + mark,
    lastDecryptOn ?? 'never',
  ];
}

function record(token: ListedToken): object {
  const { id, app, integration, createdAtS, isEnded } = token;
  const createdAt = createdAtS === undefined ? null : rfc3339(createdAtS);
  const expiresAt = rfc3339(token.expiresAtS);
  const lastDecryptOn = token.lastDecryptOn ?? null;
  return { id, app, integration, createdAt, expiresAt, lastDecryptOn, integrationRemoved: isEnded };
}

function minute(atS: number): string {
  return `${rfc3339(atS).slice(0, 16).replace('T', ' ')}Z`;
}
