// Reveals that wait for a second person, in the Console's table.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Approvals, ApprovalTaker, AskedReveal } from '../../vault/ports/approvals.ts';
import { conditionHeld, everyItem, type Item, type ItemKey, putItem, takeItem, updateItem } from './calls.ts';
import { dueNote } from './console-item.ts';

const keyOf = (app: string, id: string): ItemKey => ({ pk: `ask#${app}`, sk: id });

const ASKING = 'ask for an approval';

/** {@link Approvals}. Needs `Query`, `PutItem` and `UpdateItem`. */
export function dynamoApprovals(documents: DynamoDBDocumentClient, table: string): Approvals {
  return {
    async ask(asked) {
      // It is approved by `approve` only.
      const { approver, ...unapproved } = asked;
      const { app, id, person, askedAtS, endsAtS } = unapproved;
      const key = keyOf(app, id);
      const Item = {
        ...key,
        person: person.subject,
        askedAt: askedAtS,
        expiresAt: endsAtS,
        asked: JSON.stringify(unapproved),
      };
      // IDs begin with the random one of a bundle.
      await putItem(documents, ASKING, { TableName: table, Item: dueNote(key, endsAtS, id) });
      const put = putItem(documents, ASKING, {
        TableName: table,
        Item,
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': askedAtS },
      });
      await conditionHeld(put);
    },

    async asked(app, nowS) {
      const items = await everyItem(documents, 'list what waits for approval', {
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'expiresAt > :now',
        ExpressionAttributeValues: { ':pk': keyOf(app, '').pk, ':now': nowS },
      });
      return items.map(askedReveal).sort((one, other) => one.askedAtS - other.askedAtS);
    },

    async approve({ app, id, askedAtS }, { subject, name }, nowS) {
      const approve = updateItem(documents, 'approve a reveal', {
        TableName: table,
        Key: keyOf(app, id),
        UpdateExpression: 'SET approver = :subject, approverName = :name',
        // The last part accepts a request that the SDK repeats because the first answer got lost.
        ConditionExpression:
          'expiresAt > :now AND askedAt = :askedAt AND person <> :subject AND (attribute_not_exists(approver) OR approver = :subject)',
        ExpressionAttributeValues: { ':subject': subject, ':name': name, ':now': nowS, ':askedAt': askedAtS },
      });
      return await conditionHeld(approve);
    },
  };
}

/** An {@link ApprovalTaker}. Needs `DeleteItem`. */
export function dynamoApprovalTaker(documents: DynamoDBDocumentClient, table: string): ApprovalTaker {
  return {
    async take(app, id, person, nowS) {
      const item = await takeItem(documents, 'take an approval', {
        TableName: table,
        Key: keyOf(app, id),
        // Everything again that was checked when it was given.
        ConditionExpression:
          'expiresAt > :now AND person = :subject AND attribute_exists(approver) AND approver <> :subject',
        ExpressionAttributeValues: { ':now': nowS, ':subject': person.subject },
      });
      const asked = item && askedReveal(item);
      if (asked?.approver === undefined) return undefined;
      const { approver, reason, ticket } = asked;
      return ticket === undefined ? { approver, reason } : { approver, reason, ticket };
    },
  };
}

function askedReveal({ asked, approver, approverName }: Item): AskedReveal {
  const whole = JSON.parse(String(asked)) as AskedReveal;
  return approver === undefined
    ? whole
    : { ...whole, approver: { subject: String(approver), name: String(approverName) } };
}
