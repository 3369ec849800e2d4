// The audit log in DynamoDB: one row per request, spread over 16 partitions for each app and day.

import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DAY_MS, dayOf } from '../../vault/domain/instant.ts';
import type { AuditLog, Reveal } from '../../vault/ports/audit-log.ts';
import { putItem } from './calls.ts';

/** Partitions for the rows of one app and day. */
export const AUDIT_SHARDS = 16;

/** An {@link AuditLog} on the audit table. DynamoDB deletes its rows after `retentionDays`. Needs only `PutItem`. */
export function dynamoAuditLog(documents: DynamoDBDocumentClient, table: string, retentionDays: number): AuditLog {
  return {
    async record({ app, integration, credential, operation, requestId, atMs, refs, count, reveal }) {
      const at = new Date(atMs).toISOString();
      // Written out, so that a member that is added to intents later is not stored by accident.
      const Item = {
        pk: reveal ? revealPartition(app, at) : auditPartition(app, at, shardFor(requestId)),
        sk: auditSortKey(at, requestId),
        integration,
        credential,
        operation,
        refs: [...refs],
        count,
        ...(reveal && { reveal: revealAttributes(reveal) }),
        expiresAt: keptUntilS(atMs, retentionDays),
      };
      await putItem(documents, 'record an audit intent', { TableName: table, Item });
    },
  };
}

/** When DynamoDB may delete a row of the audit table, in seconds since 1970. */
export function keptUntilS(atMs: number, retentionDays: number): number {
  return Math.floor((atMs + retentionDays * DAY_MS) / 1000);
}

/** The partition of one app, day and shard. @param at an instant of the day in RFC 3339. */
export function auditPartition(app: string, at: string, shard: number): string {
  return `${app}#${dayOf(at)}#${shard}`;
}

/** The sort key of a request. @param at its instant in RFC 3339. */
export function auditSortKey(at: string, requestId: string): string {
  return `${at}#${requestId}`;
}

/** Sorts after every sort key that begins with an instant before `untilMs`: `~` sorts after `#`. */
export function lastKeyBefore(untilMs: number): string {
  return `${new Date(untilMs - 1).toISOString()}~`;
}

/** The partition of the reveals of one app and day. The Console may read these rows only. No name of an app begins with `#`. */
export function revealPartition(app: string, at: string): string {
  return `#reveals#${app}#${dayOf(at)}`;
}

function revealAttributes({ person: { subject, name }, reason, ticket, approver }: Reveal): Record<string, unknown> {
  return {
    person: { subject, name },
    reason,
    ...(ticket === undefined ? {} : { ticket }),
    ...(approver && { approver: { subject: approver.subject, name: approver.name } }),
  };
}

/** The request ID decides, so a write that the SDK sends twice is one row. */
function shardFor(requestId: string): number {
  return createHash('sha256').update(requestId).digest().readUInt8(0) % AUDIT_SHARDS;
}
