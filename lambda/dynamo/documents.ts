// The DynamoDB client of those whom an empty answer would mislead. It takes an answer without a body for what it is: none.

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * A document client. The SDK reads an empty body as `{}`, which of a read means that nothing is there: a ref would be
 * redacted, and a write believed in. Here an answer of length 0 is a broken connection, and is tried again; DynamoDB says
 * of each answer how long it is.
 */
export function dynamoDocuments(config: DynamoDBClientConfig): DynamoDBDocumentClient {
  const dynamo = new DynamoDBClient(config);
  dynamo.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (isEmpty(result.response))
        throw Object.assign(new Error('no body'), { name: 'NetworkingError', $retryable: {} });
      return result;
    },
    // Low: between the network and whatever parses the answer.
    { step: 'deserialize', priority: 'low', name: 'refuseEmptyAnswers' },
  );
  return DynamoDBDocumentClient.from(dynamo);
}

function isEmpty(response: unknown): boolean {
  const { headers } = response as { readonly headers?: Readonly<Record<string, string>> };
  return headers?.['content-length'] === '0';
}
