// Reveals that wait for a second person, in the Console's table.

import { type DynamoDBDocumentClient, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Approvals, ApprovalTaker, AskedReveal } from '../../vault/ports/approvals.ts';
import { conditionHolds, translating } from '../aws/errors.ts';
import { dueNote } from './console-item.ts';
import { takeItem } from './take.ts';

type Item = Readonly<Record<string, unknown>>;

const keyOf = (app: string, id: string) => ({ pk: `ask#${app}`, sk: id });

/** {@link Approvals}. Needs `Query`, `PutItem` and `UpdateItem`. */
export function dynamoApprovals(documents: DynamoDBDocumentClient, table: string): Approvals {
  return {
    async ask({ app, id, position, field, pointer, person, reason, ticket, askedAtS, endsAtS }) {
      const key = keyOf(app, id);
      const Item = {
        ...key,
        person: person.subject,
        personName: person.name,
        reason,
        ...(ticket === undefined ? {} : { ticket }),
        position,
        field,
        pointer,
        askedAt: askedAtS,
        expiresAt: endsAtS,
      };
      const put = new PutCommand({
        TableName: table,
        Item,
        ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
        ExpressionAttributeValues: { ':now': askedAtS },
      });
      await translating('ask for an approval', {}, async () => {
        // IDs begin with the random one of a bundle.
        await documents.send(new PutCommand({ TableName: table, Item: dueNote(key, endsAtS, id) }));
        await conditionHolds(() => documents.send(put));
      });
    },

    async asked(app, nowS) {
      const found: AskedReveal[] = [];
      const query = {
        TableName: table,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        FilterExpression: 'expiresAt > :now',
        ExpressionAttributeValues: { ':pk': keyOf(app, '').pk, ':now': nowS },
      };
      await translating('list what waits for approval', {}, async () => {
        for await (const { Items = [] } of paginateQuery({ client: documents }, query)) {
          found.push(...Items.map((item) => askedReveal(app, item)));
        }
      });
      return found.sort((one, other) => one.askedAtS - other.askedAtS);
    },

    async approve({ app, id, askedAtS }, { subject, name }, nowS) {
      const approve = new UpdateCommand({
        TableName: table,
        Key: keyOf(app, id),
        UpdateExpression: 'SET approver = :subject, approverName = :name',
        // The last part accepts a request that the SDK repeats because the first answer got lost.
        ConditionExpression:
          'expiresAt > :now AND askedAt = :askedAt AND person <> :subject AND (attribute_not_exists(approver) OR approver = :subject)',
        ExpressionAttributeValues: { ':subject': subject, ':name': name, ':now': nowS, ':askedAt': askedAtS },
      });
      return await translating('approve a reveal', {}, () => conditionHolds(() => documents.send(approve)));
    },
  };
}

/** An {@link ApprovalTaker}. Needs `DeleteItem`. */
export function dynamoApprovalTaker(documents: DynamoDBDocumentClient, table: string): ApprovalTaker {
  return {
    async take(app, id, person, nowS) {
      const take = {
        TableName: table,
        Key: keyOf(app, id),
        // Everything again that was checked when it was given.
        ConditionExpression:
          'expiresAt > :now AND person = :subject AND attribute_exists(approver) AND approver <> :subject',
        ExpressionAttributeValues: { ':now': nowS, ':subject': person.subject },
      };
      const item = await translating('take an approval', {}, () => takeItem(documents, take));
      const asked = item && askedReveal(app, item);
      if (asked?.approver === undefined) return undefined;
      const { approver, reason, ticket } = asked;
      return ticket === undefined ? { approver, reason } : { approver, reason, ticket };
    },
  };
}

function askedReveal(app: string, item: Item): AskedReveal {
  const person = { subject: String(item.person), name: String(item.personName) };
  const asked = {
    app,
    id: String(item.sk),
    person,
    reason: String(item.reason),
    ...(item.ticket === undefined ? {} : { ticket: String(item.ticket) }),
    position: String(item.position),
    field: Number(item.field),
    pointer: String(item.pointer),
    askedAtS: Number(item.askedAt),
    endsAtS: Number(item.expiresAt),
  };
  if (typeof item.approver !== 'string') return asked;
  return { ...asked, approver: { subject: item.approver, name: String(item.approverName) } };
}
