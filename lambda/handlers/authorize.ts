// The REST API's authorizer: an early filter. The functions behind it verify the same header again.

import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { isDaykeyError } from '../domain/errors.ts';
import { may, OPERATIONS } from '../domain/trust.ts';
import type { CallerIdentity } from '../ports/caller-identity.ts';
import { identify } from '../usecases/authenticate.ts';
import type { Rings } from '../usecases/rings.ts';

/** What API Gateway answers 401 for; any other error is a 500 there, which the API turns into 503. */
const UNAUTHORIZED = 'Unauthorized';

/** What access logs call a role that is who it says and that no app trusts. */
const NOBODY = 'nobody';

/**
 * A handler that allows exactly the routes the caller may use, in each of its apps: the cache replays its answer on
 * every route.
 */
export function authorize(deps: { identity: CallerIdentity; rings: Rings }) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const principals = await identify(deps, headerOf(event)).catch((error: unknown) => {
      throw isDaykeyError(error, 'unauthenticated') ? new Error(UNAUTHORIZED) : error;
    });
    // arn:aws:execute-api:region:account:api/stage/METHOD/path
    const [api, stage] = event.methodArn.split('/');
    const allowed = principals.flatMap(({ app, trust }) =>
      OPERATIONS.filter((operation) => may(trust, operation)).map(
        (operation) => `${api}/${stage}/POST/v1/apps/${app}/${operation}`,
      ),
    );
    return {
      principalId: principals.map(({ app, integration }) => `${app}/${integration}`).join(' ') || NOBODY,
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

function headerOf(event: APIGatewayRequestAuthorizerEvent): string | undefined {
  const headers = Object.entries(event.headers ?? {}).filter(([name]) => name.toLowerCase() === 'authorization');
  return headers.length === 1 ? headers[0]?.[1] : undefined;
}
