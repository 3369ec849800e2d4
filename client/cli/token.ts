// `daykey token`: issues, lists and revokes API tokens, for integrations outside AWS.

import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { dynamoTokenRegister } from '../../lambda/dynamo/token-register.ts';
import { dynamoTokenUseTrail } from '../../lambda/dynamo/token-uses.ts';
import { hashApiToken, newApiToken, tokenIdOf } from '../../vault/domain/api-token.ts';
import { rfc3339 } from '../../vault/domain/instant.ts';
import type { IssuedToken } from '../../vault/ports/api-tokens.ts';
import { secondsOfDuration } from './duration.ts';
import { print, say, tableLines } from './output.ts';
import { withProgress } from './progress.ts';
import { outputsOf } from './stack.ts';

const OPTIONS = {
  app: { type: 'string' },
  integration: { type: 'string' },
  'expires-in': { type: 'string' },
  stack: { type: 'string', default: 'Daykey' },
  json: { type: 'boolean', default: false },
} as const;

/** A token that nobody renews is forgotten: a year, and a day for whoever is late. */
const MAX_LIFE_DAYS = 366;
const TOKEN_ID = /^[0-9a-f]{12,64}$/;
const LOOKS_AT_ONCE = 16;

/** A token and the last day on which decrypt saw it. */
interface Listed extends IssuedToken {
  readonly lastDecryptOn: string | undefined;
}

/** The command. @throws Error that says what to do. */
export async function token(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [what, id, ...more] = positionals;
  if (what !== 'issue' && what !== 'list' && what !== 'revoke') throw new Error('token takes issue, list or revoke');
  const { app, stack, json } = values;
  if (app === undefined) throw new Error(`token ${what} takes --app APP`);
  if (more.length > 0 || (what !== 'revoke' && id !== undefined)) {
    throw new Error(`token ${what} does not take ${more[0] ?? id}`);
  }
  switch (what) {
    case 'issue':
      return issue(stack, app, values.integration, values['expires-in']);
    case 'list':
      return list(stack, app, json);
    case 'revoke':
      return revoke(stack, app, id);
  }
}

async function issue(
  stack: string,
  app: string,
  integration: string | undefined,
  expiresIn: string | undefined,
): Promise<void> {
  if (integration === undefined) throw new Error('token issue takes --integration NAME');
  if (expiresIn === undefined) throw new Error('token issue takes --expires-in, as in --expires-in 30d');
  const lifeS = secondsOfDuration('--expires-in', expiresIn, MAX_LIFE_DAYS);
  const { documents, ringTable } = await tablesOf(stack);
  const ring = await dynamoKeyRing(documents, ringTable).read(app);
  if (!ring || ring.settings.retired) {
    throw new Error(`stack ${stack} has no app ${app}: name it in the settings and deploy them, or check --app`);
  }
  const { integrations } = ring.settings;
  if (!Object.hasOwn(integrations, integration)) {
    const known = Object.keys(integrations).join(', ') || 'none';
    throw new Error(`app ${app} has no integration ${integration}, it has ${known}: check --integration`);
  }
  const fresh = newApiToken();
  const hash = hashApiToken(fresh);
  const createdAtS = Math.floor(Date.now() / 1000);
  const grant = { app, integration, expiresAtS: createdAtS + lifeS };
  await dynamoTokenRegister(documents, ringTable).issue(hash, grant, createdAtS);
  await print(fresh);
  say(`token ${tokenIdOf(hash)} is for ${app}/${integration}, until ${minuteOf(grant.expiresAtS)}`);
  say('it is shown this once, and the vault keeps its hash alone');
}

async function list(stack: string, app: string, json: boolean): Promise<void> {
  const { documents, ringTable, auditTable } = await tablesOf(stack);
  const uses = dynamoTokenUseTrail(documents, auditTable);
  const tokens = await withProgress('reading the tokens', async (progress) => {
    const issued = await dynamoTokenRegister(documents, ringTable).list(app);
    const listed: Listed[] = [];
    while (listed.length < issued.length) {
      const some = issued.slice(listed.length, listed.length + LOOKS_AT_ONCE);
      listed.push(
        ...(await Promise.all(some.map(async (each) => ({ ...each, lastDecryptOn: await uses.lastDay(each.id) })))),
      );
      progress.update(`${listed.length} of ${issued.length}`);
    }
    return listed;
  });
  if (json) {
    for (const each of tokens) await print(JSON.stringify(jsonOf(each)));
    return;
  }
  if (tokens.length === 0) return say(`app ${app} has no tokens: daykey token issue makes one`);
  const head = ['ID', 'INTEGRATION', 'CREATED', 'EXPIRES', 'LAST DECRYPT'];
  for (const line of tableLines([head, ...tokens.map(cellsOf)])) await print(line);
}

async function revoke(stack: string, app: string, id: string | undefined): Promise<void> {
  if (id === undefined) throw new Error('token revoke takes the ID of a token: daykey token list shows them');
  if (!TOKEN_ID.test(id)) throw new Error(`an ID is 12 hex digits, got ${id}: daykey token list shows them`);
  const { documents, ringTable } = await tablesOf(stack);
  const revoked = await dynamoTokenRegister(documents, ringTable).revoke(app, id);
  if (revoked === 0)
    throw new Error(`app ${app} has no token ${id}: daykey token list --app ${app} shows those it has`);
  say(`token ${id} is revoked: within 60 seconds it is worth nothing`);
}

async function tablesOf(stack: string) {
  const output = await outputsOf(stack);
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient());
  return { documents, ringTable: output('RingTable'), auditTable: output('AuditTable') };
}

function cellsOf({ id, integration, createdAtS, expiresAtS, lastDecryptOn }: Listed): string[] {
  const isExpired = expiresAtS * 1000 <= Date.now();
  return [
    id,
    integration,
    createdAtS === undefined ? 'unknown' : minuteOf(createdAtS),
    minuteOf(expiresAtS) + (isExpired ? ' (over)' : ''),
    lastDecryptOn ?? 'never',
  ];
}

function jsonOf({ id, app, integration, createdAtS, expiresAtS, lastDecryptOn }: Listed): object {
  const createdAt = createdAtS === undefined ? null : rfc3339(createdAtS);
  return { id, app, integration, createdAt, expiresAt: rfc3339(expiresAtS), lastDecryptOn: lastDecryptOn ?? null };
}

function minuteOf(atS: number): string {
  return `${rfc3339(atS).slice(0, 16).replace('T', ' ')}Z`;
}
