// The authorizer of the REST API: an early filter. The functions behind it verify the same header again.

import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import type { CallerIdentity } from '../../vault/ports/caller-identity.ts';
import { allowedRoutes, callerName } from '../../vault/usecases/identity/allowed-routes.ts';
import { identify } from '../../vault/usecases/identity/authenticate.ts';
import type { Rings } from '../../vault/usecases/rings.ts';

/** The message that API Gateway turns into a 401. Any other error is a 500 there, and a 503 for the caller (`lib/api.ts`). */
const UNAUTHORIZED = 'Unauthorized';

/** A handler that allows every route that the caller may use, because API Gateway reuses its answer on all of them. */
export function authorize(deps: { identity: CallerIdentity; rings: Rings }) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const identified = await identify(deps, authorizationHeader(event)).catch((error: unknown) => {
      throw isDaykeyError(error, 'unauthenticated') ? new Error(UNAUTHORIZED) : error;
    });
    // arn:aws:execute-api:region:account:api/stage/METHOD/path
    const [api, stage] = event.methodArn.split('/');
    const allowed = allowedRoutes(identified).map((route) => `${api}/${stage}/POST/v1/apps/${route}`);
    return {
      principalId: callerName(identified),
      policyDocument: {
        Version: '2012-10-17',
        Statement: [
          allowed.length > 0
            ? { Effect: 'Allow', Action: 'execute-api:Invoke', Resource: allowed }
            : { Effect: 'Deny', Action: 'execute-api:Invoke', Resource: `${api}/${stage}/*` },
        ],
      },
    };
  };
}

function authorizationHeader(event: APIGatewayRequestAuthorizerEvent): string | undefined {
  const headers = Object.entries(event.headers ?? {}).filter(([name]) => name.toLowerCase() === 'authorization');
  return headers.length === 1 ? headers[0]?.[1] : undefined;
}
