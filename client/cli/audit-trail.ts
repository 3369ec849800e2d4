// Reads the audit log in DynamoDB, which `lambda/dynamo/audit-log.ts` writes.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { AUDIT_SHARDS, auditPartition, lastKeyBefore, revealPartition } from '../../lambda/dynamo/audit-log.ts';
import { readIntent } from '../../lambda/dynamo/audit-row.ts';
import { queryPages } from '../../lambda/dynamo/calls.ts';
import { daysWithin } from '../../vault/domain/instant.ts';
import type { AuditIntent, AuditTrail } from '../../vault/ports/audit-log.ts';

/** An {@link AuditTrail} on the audit table. Needs `Query`. */
export function dynamoAuditTrail(documents: DynamoDBDocumentClient, table: string): AuditTrail {
  async function* shard(partition: string, from: string, until: string): AsyncGenerator<AuditIntent, undefined> {
    const pages = queryPages(documents, 'read the audit log', {
      TableName: table,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :until',
      ExpressionAttributeValues: { ':pk': partition, ':from': from, ':until': until },
    });
    for await (const page of pages) {
      for (const item of page) {
        const intent = readIntent(item);
        if (intent) yield intent;
      }
    }
    return undefined;
  }

  return {
    async *intents(app, fromMs, untilMs) {
      const from = new Date(fromMs).toISOString();
      // `untilMs` itself is excluded.
      const until = lastKeyBefore(untilMs);
      for (const day of daysWithin(fromMs, untilMs)) {
        yield* merged(
          [
            ...Array.from({ length: AUDIT_SHARDS }, (_, number) => auditPartition(app, day, number)),
            revealPartition(app, day),
          ].map((partition) => shard(partition, from, until)),
        );
      }
    },
  };
}

/** The intents of all shards by time, holding one of each shard in memory instead of a whole day. */
async function* merged(shards: readonly AsyncGenerator<AuditIntent, undefined>[]): AsyncGenerator<AuditIntent> {
  const heads = await Promise.all(shards.map(async (shard) => ({ shard, intent: (await shard.next()).value })));
  for (;;) {
    const waiting = heads.flatMap((head) => (head.intent ? [{ head, intent: head.intent }] : []));
    const [first, ...others] = waiting;
    if (!first) return;
    const { head, intent } = others.reduce((one, other) => (other.intent.atMs < one.intent.atMs ? other : one), first);
    yield intent;
    head.intent = (await head.shard.next()).value;
  }
}
