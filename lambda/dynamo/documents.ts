// DynamoDB client that treats an empty response body as a failed request, not as "no item".

import { DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { CLIENT_DEFAULTS } from '../aws/client-defaults.ts';
import { lean } from '../aws/lean-sdk.ts';

/**
 * A document client with the defaults of the functions. It retries an answer of length 0 like a broken connection. The SDK
 * reads it as `{}`, which would mean "no item" for a read and success for a write. DynamoDB states the length of each answer.
 */
export function dynamoDocuments(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const dynamo = lean(new DynamoDBClient({ ...CLIENT_DEFAULTS, ...config }));
  dynamo.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      if (isEmpty(result.response))
        throw Object.assign(new Error('no body'), { name: 'NetworkingError', $retryable: {} });
      return result;
    },
    // Low priority runs between the network and the parser of the answer.
    { step: 'deserialize', priority: 'low', name: 'refuseEmptyAnswers' },
  );
  return DynamoDBDocumentClient.from(dynamo);
}

function isEmpty(response: unknown): boolean {
  const { headers } = response as { readonly headers?: Readonly<Record<string, string>> };
  return headers?.['content-length'] === '0';
}
