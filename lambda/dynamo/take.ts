// Deletes one item and returns what it held, to one request at most.

import { DeleteCommand, type DeleteCommandInput, type DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { isConditionFailure } from '../aws/errors.ts';

/**
 * What the item held; `undefined` when it was gone already, the condition did not hold, or the answer to its deletion got lost.
 * Needs `DeleteItem`.
 */
export async function takeItem(
  documents: DynamoDBDocumentClient,
  input: DeleteCommandInput,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    // DynamoDB Local answers two deletes at once with the item unless they have a condition.
    const take = new DeleteCommand({ ConditionExpression: 'attribute_exists(pk)', ...input, ReturnValues: 'ALL_OLD' });
    return (await documents.send(take)).Attributes;
  } catch (error) {
    if (isConditionFailure(error)) return undefined;
    throw error;
  }
}
