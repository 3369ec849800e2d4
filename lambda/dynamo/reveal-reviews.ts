// Marks on reveals, in the audit table: a row for each mark, beside the rows of the reveals.

import { createHash } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { dayOf, daysWithin } from '../../vault/domain/instant.ts';
import type { RevealReviews, ReviewMark, ReviewTrail } from '../../vault/ports/reveal-reviews.ts';
import { keptUntilS, lastKeyBefore } from './audit-log.ts';
import { everyItem, type Item, putItem } from './calls.ts';

const MarkRow = z.object({
  revealAtMs: z.int(),
  requestId: z.string(),
  verdict: z.enum(['fine', 'flagged']),
  reviewer: z.object({ subject: z.string(), name: z.string() }),
  markedAtMs: z.int(),
  note: z.exactOptional(z.string()),
});

/** {@link RevealReviews} on the audit table. Needs `Query` and `PutItem`, on partitions that begin with `#marks#` only. */
export function dynamoRevealReviews(
  documents: DynamoDBDocumentClient,
  table: string,
  retentionDays: number,
): RevealReviews {
  return {
    async add({ app, revealAtMs, requestId, verdict, reviewer, markedAtMs, note }) {
      const revealAt = new Date(revealAtMs).toISOString();
      // Two people may mark a reveal in one millisecond.
      const by = createHash('sha256').update(reviewer.subject).digest('base64url').slice(0, 8);
      const Item = {
        pk: marksPartition(app, revealAt),
        sk: `${revealAt}#${requestId}#${new Date(markedAtMs).toISOString()}#${by}`,
        revealAtMs,
        requestId,
        verdict,
        markedAtMs,
        reviewer: { subject: reviewer.subject, name: reviewer.name },
        ...(note === undefined ? {} : { note }),
        expiresAt: keptUntilS(markedAtMs, retentionDays),
      };
      await putItem(documents, 'mark a reveal', { TableName: table, Item });
    },
    ...dynamoReviewTrail(documents, table),
  };
}

/** A {@link ReviewTrail} on the audit table. Needs `Query`, on partitions that begin with `#marks#` only. */
export function dynamoReviewTrail(documents: DynamoDBDocumentClient, table: string): ReviewTrail {
  return {
    async marks(app, fromMs, untilMs) {
      const from = new Date(fromMs).toISOString();
      const until = lastKeyBefore(untilMs);
      const marks: ReviewMark[] = [];
      for (const day of daysWithin(fromMs, untilMs)) {
        const items = await everyItem(documents, 'read the marks on reveals', {
          TableName: table,
          KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :until',
          ExpressionAttributeValues: { ':pk': marksPartition(app, day), ':from': from, ':until': until },
        });
        marks.push(...items.flatMap((item) => readMark(app, item) ?? []));
      }
      return marks;
    },
  };
}

function marksPartition(app: string, at: string): string {
  return `#marks#${app}#${dayOf(at)}`;
}

/** The mark in a row; `undefined` when the row is malformed. */
function readMark(app: string, item: Item): ReviewMark | undefined {
  const mark = MarkRow.safeParse(item).data;
  return mark && { app, ...mark };
}
