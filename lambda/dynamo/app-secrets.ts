// The secrets of apps in DynamoDB: a table for nothing else, so that no scan of another table returns them.

import { randomBytes } from 'node:crypto';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { APP_SECRET_BYTES } from '../../vault/domain/envelope/app-half.ts';
import type { AppSecretKeeper, AppSecrets } from '../../vault/ports/app-secrets.ts';
import { conditionHeld, deleteItem, getItem, type ItemKey, putItem } from './calls.ts';

/** {@link AppSecrets} on the table of secrets. Needs `GetItem`. */
export function dynamoAppSecrets(documents: DynamoDBDocumentClient, table: string): AppSecrets {
  return {
    async findSecret(app) {
      const item = await getItem(documents, 'read the secret of an app', { TableName: table, Key: secretKey(app) });
      const secret = item?.secret;
      if (!(secret instanceof Uint8Array) || secret.length !== APP_SECRET_BYTES) return undefined;
      return Buffer.from(secret);
    },
  };
}

/** {@link AppSecretKeeper} on the table of secrets. Needs `PutItem` and `DeleteItem`. */
export function dynamoAppSecretKeeper(documents: DynamoDBDocumentClient, table: string): AppSecretKeeper {
  return {
    async makeSecret(app) {
      const put = putItem(documents, 'make the secret of an app', {
        TableName: table,
        Item: { ...secretKey(app), secret: randomBytes(APP_SECRET_BYTES) },
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      await conditionHeld(put);
    },

    async removeSecret(app) {
      await deleteItem(documents, 'delete the secret of an app', { TableName: table, Key: secretKey(app) });
    },
  };
}

function secretKey(app: string): ItemKey {
  return { pk: app, sk: 'secret' };
}
