// Issues, lists and revokes API tokens in DynamoDB: the rows of the ring table that the functions look up.

import { DeleteCommand, type DynamoDBDocumentClient, PutCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { conditionHolds, translating } from '../../lambda/aws/errors.ts';
import { TOKEN_ROW, tokenPartition, tokenRow } from '../../lambda/dynamo/api-tokens.ts';
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

/** A {@link TokenRegister} on the ring table. Needs `PutItem`, `Scan` and `DeleteItem`. */
export function dynamoTokenRegister(documents: DynamoDBDocumentClient, table: string): TokenRegister {
  /** A Scan, since operators ask rarely and the ring table is small. */
  async function rows(app: string, id: string): Promise<z.infer<typeof TokenRow>[]> {
    const pages = paginateScan(
      { client: documents },
      {
        TableName: table,
        ConsistentRead: true,
        FilterExpression: 'sk = :token AND app = :app AND begins_with(pk, :hash)',
        ExpressionAttributeValues: { ':token': TOKEN_ROW, ':app': app, ':hash': tokenPartition(id) },
      },
    );
    const found: z.infer<typeof TokenRow>[] = [];
    for await (const { Items = [] } of pages) {
      found.push(...Items.map((item) => TokenRow.safeParse(item).data).filter((row) => row !== undefined));
    }
    return found;
  }

  return {
    async issue(hash, grant, createdAtS) {
      const Item = tokenRow(hash, grant, createdAtS);
      await translating('issue an API token', {}, () => documents.send(new PutCommand({ TableName: table, Item })));
    },

    list(app) {
      return translating('list API tokens', {}, async () => {
        const tokens = (await rows(app, '')).map(
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
      });
    },

    revoke(app, id) {
      return translating('revoke an API token', {}, async () => {
        let revoked = 0;
        for (const { pk } of await rows(app, id)) {
          const remove = new DeleteCommand({
            TableName: table,
            Key: { pk, sk: TOKEN_ROW },
            ConditionExpression: 'app = :app',
            ExpressionAttributeValues: { ':app': app },
          });
          // It may have been revoked in the meantime.
          if (await conditionHolds(() => documents.send(remove))) revoked += 1;
        }
        return revoked;
      });
    },
  };
}
