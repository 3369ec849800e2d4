// Issues, lists and revokes API tokens in DynamoDB: the rows of the ring table that the functions look up.

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { TOKEN_ROW, tokenPartition, tokenRow } from '../../lambda/dynamo/api-tokens.ts';
import { conditionHeld, deleteItem, putItem, scanPages } from '../../lambda/dynamo/calls.ts';
import { tokenIdOf } from '../../vault/domain/api-token.ts';
import type { IssuedToken, TokenRegister } from '../../vault/ports/api-tokens.ts';

const TokenRow = z.object({
  pk: z.string(),
  app: z.string(),
  integration: z.string(),
  generation: z.string(),
  expiresAt: z.int(),
  createdAt: z.optional(z.int()),
});

const REVOKING = 'revoke an API token';

/** A {@link TokenRegister} on the ring table. Needs `PutItem`, `Scan` and `DeleteItem`. */
export function dynamoTokenRegister(documents: DynamoDBDocumentClient, table: string): TokenRegister {
  /** A Scan, since operators ask rarely and the ring table is small. */
  async function rows(what: string, app: string, id: string): Promise<z.infer<typeof TokenRow>[]> {
    const pages = scanPages(documents, what, {
      TableName: table,
      FilterExpression: 'sk = :token AND app = :app AND begins_with(pk, :hash)',
      ExpressionAttributeValues: { ':token': TOKEN_ROW, ':app': app, ':hash': tokenPartition(id) },
    });
    const found: z.infer<typeof TokenRow>[] = [];
    for await (const page of pages) {
      found.push(...page.map((item) => TokenRow.safeParse(item).data).filter((row) => row !== undefined));
    }
    return found;
  }

  return {
    async issue(hash, grant, createdAtS) {
      await putItem(documents, 'issue an API token', { TableName: table, Item: tokenRow(hash, grant, createdAtS) });
    },

    async list(app) {
      const tokens = (await rows('list API tokens', app, '')).map(
        ({ pk, integration, generation, expiresAt, createdAt }): IssuedToken => ({
          id: tokenIdOf(pk.slice(tokenPartition('').length)),
          app,
          integration,
          generation,
          expiresAtS: expiresAt,
          createdAtS: createdAt,
        }),
      );
      return tokens.sort((one, other) => (one.createdAtS ?? 0) - (other.createdAtS ?? 0));
    },

    async revoke(app, id) {
      let revoked = 0;
      for (const { pk } of await rows(REVOKING, app, id)) {
        const remove = deleteItem(documents, REVOKING, {
          TableName: table,
          Key: { pk, sk: TOKEN_ROW },
          ConditionExpression: 'app = :app',
          ExpressionAttributeValues: { ':app': app },
        });
        // It may have been revoked in the meantime.
        if (await conditionHeld(remove)) revoked += 1;
      }
      return revoked;
    },
  };
}
