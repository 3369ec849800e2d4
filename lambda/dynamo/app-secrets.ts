// The secrets of apps in DynamoDB: a table for nothing else, so that no scan of another table returns them.

import { randomBytes } from 'node:crypto';
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { APP_SECRET_BYTES } from '../../vault/domain/envelope/app-half.ts';
import type { AppSecretKeeper, AppSecrets } from '../../vault/ports/app-secrets.ts';
import { conditionHolds, translating } from '../aws/errors.ts';

/** {@link AppSecrets} on the table of secrets. Needs `GetItem`. */
export function dynamoAppSecrets(documents: DynamoDBDocumentClient, table: string): AppSecrets {
  return {
    async findSecret(app) {
      const get = new GetCommand({ TableName: table, Key: secretKey(app), ConsistentRead: true });
      const { Item } = await translating('read the secret of an app', {}, () => documents.send(get));
      const secret: unknown = Item?.secret;
      if (!(secret instanceof Uint8Array) || secret.length !== APP_SECRET_BYTES) return undefined;
      return Buffer.from(secret);
    },
  };
}

/** {@link AppSecretKeeper} on the table of secrets. Needs `PutItem` and `DeleteItem`. */
export function dynamoAppSecretKeeper(documents: DynamoDBDocumentClient, table: string): AppSecretKeeper {
  return {
    async makeSecret(app) {
      const put = new PutCommand({
        TableName: table,
        Item: { ...secretKey(app), secret: randomBytes(APP_SECRET_BYTES) },
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      await translating('make the secret of an app', {}, () => conditionHolds(() => documents.send(put)));
    },

    async removeSecret(app) {
      const remove = new DeleteCommand({ TableName: table, Key: secretKey(app) });
      await translating('delete the secret of an app', {}, () => documents.send(remove));
    },
  };
}

function secretKey(app: string): { readonly pk: string; readonly sk: string } {
  return { pk: app, sk: 'secret' };
}
