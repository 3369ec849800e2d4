// What every function of the request path is made of: clients, clock, telemetry, ring, identity.

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoApiTokens } from './adapters/dynamo-api-tokens.ts';
import { dynamoKeyRing } from './adapters/dynamo-key-ring.ts';
import { powertoolsTelemetry } from './adapters/powertools-telemetry.ts';
import { rememberedRings } from './usecases/rings.ts';
import { apiTokenIdentity } from './usecases/verify-api-token.ts';

/**
 * How every SDK client behaves: three attempts that together end well within the function's 29 s, so that a
 * dependency that hangs becomes a 503 rather than a function that is cut off.
 */
export const CLIENT_DEFAULTS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 6000, throwOnRequestTimeout: true },
} as const;

/** The parts that encrypt, decrypt, erase and the authorizer share. Made once a cold start. */
export function requestParts(config: { stack: string; ringTable: string }) {
  const documents = DynamoDBDocumentClient.from(new DynamoDBClient(CLIENT_DEFAULTS));
  const clock = Date.now;
  const keyRing = dynamoKeyRing(documents, config.ringTable);
  return {
    clock,
    documents,
    keyRing,
    telemetry: powertoolsTelemetry(config.stack),
    rings: rememberedRings(keyRing, clock),
    identity: apiTokenIdentity(dynamoApiTokens(documents, config.ringTable), clock),
  };
}
