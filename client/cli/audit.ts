// `daykey audit`: who was about to open what, and when. Never a value: the vault writes none down.

import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoAuditTrail } from '../../lambda/dynamo/audit-log.ts';
import type { AuditIntent } from '../../vault/ports/audit-log.ts';
import { secondsOfDuration } from './duration.ts';
import { print, say } from './output.ts';
import { withProgress } from './progress.ts';
import { outputsOf } from './stack.ts';

const OPTIONS = {
  app: { type: 'string' },
  since: { type: 'string', default: '24h' },
  integration: { type: 'string' },
  stack: { type: 'string', default: 'Daykey' },
  json: { type: 'boolean', default: false },
} as const;

/** The longest that a stack keeps its audit rows. */
const MAX_SINCE_DAYS = 3653;
// The functions' clocks may be ahead of this one.
const AHEAD_MS = 5 * 60 * 1000;

/** The command. @throws Error that says what to do. */
export async function audit(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { app, integration, stack, json } = values;
  if (app === undefined) throw new Error('audit takes --app APP');
  const nowMs = Date.now();
  const fromMs = nowMs - secondsOfDuration('--since', values.since, MAX_SINCE_DAYS) * 1000;
  const output = await outputsOf(stack);
  const trail = dynamoAuditTrail(DynamoDBDocumentClient.from(new DynamoDBClient()), output('AuditTable'));
  let requests = 0;
  await withProgress('reading the audit log', async (progress) => {
    for await (const intent of trail.intents(app, fromMs, nowMs + AHEAD_MS)) {
      progress.update(`at ${instantOf(intent.atMs)}`);
      if (integration !== undefined && intent.integration !== integration) continue;
      requests += 1;
      progress.clear();
      await print(json ? JSON.stringify(jsonOf(intent)) : sentence(intent));
    }
  });
  const whose = integration === undefined ? app : `${app}/${integration}`;
  say(`${requests} requests of ${whose} since ${instantOf(fromMs)} were about to open something`);
}

function jsonOf({ app, integration, operation, requestId, atMs, refs, count }: AuditIntent): object {
  return { at: instantOf(atMs), app, integration, operation, requestId, count, refs };
}

/** Fields of one bundle are named together: `bundle:0,1,2`. */
function sentence({ integration, operation, requestId, atMs, refs, count }: AuditIntent): string {
  const bundles = new Map<string, string[]>();
  for (const ref of refs) {
    const [bundle = '', index = ''] = ref.split(':');
    bundles.set(bundle, [...(bundles.get(bundle) ?? []), index]);
  }
  const what = [...bundles].map(([bundle, indexes]) => `${bundle}:${indexes.join(',')}`).join(' ');
  const fields = count === 1 ? '1 field' : `${count} fields`;
  return `${instantOf(atMs)}  ${integration}  ${operation} of ${fields}  ${what}  request ${requestId}`;
}

function instantOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
