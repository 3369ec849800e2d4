// The authorizer of the REST API: an early filter. The functions behind it verify the same header again.

import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { may, type Principal } from '../../vault/domain/trust.ts';
import type { CallerIdentity } from '../../vault/ports/caller-identity.ts';
import { type Identified, identify } from '../../vault/usecases/identity/authenticate.ts';
import type { Rings } from '../../vault/usecases/rings.ts';
import { OPERATIONS } from '../../wire/operations.ts';

/** The message that API Gateway turns into a 401. Any other error is a 500 there, and a 503 for the caller (`lib/api.ts`). */
const UNAUTHORIZED = 'Unauthorized';

/** How access logs show a role that STS has verified and that no app trusts. */
const UNTRUSTED = 'untrusted';

/** How many apps an answer names. Beyond that it would grow with the number of apps that trust a role. */
export const MAX_APPS_NAMED = 8;

/**
 * A handler that allows exactly the routes that the caller may use, in each of its apps, because API Gateway reuses its
 * answer on every route. Beyond {@link MAX_APPS_NAMED} apps it allows for all apps what any of them grants, and the
 * functions decide.
 */
export function authorize(deps: { identity: CallerIdentity; rings: Rings }) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const identified = await identify(deps, authorizationHeader(event)).catch((error: unknown) => {
      throw isDaykeyError(error, 'unauthenticated') ? new Error(UNAUTHORIZED) : error;
    });
    // arn:aws:execute-api:region:account:api/stage/METHOD/path
    const [api, stage] = event.methodArn.split('/');
    const allowed = allowedRoutes(identified).map((route) => `${api}/${stage}/POST/v1/apps/${route}`);
    return {
      principalId: principalName(identified.principals),
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

function allowedRoutes({ principals, unreadable }: Identified): string[] {
  const areNamed = principals.length + unreadable.length <= MAX_APPS_NAMED;
  const routes = principals.flatMap(({ app, trust }) =>
    OPERATIONS.filter((operation) => may(trust, operation)).map((operation) => `${areNamed ? app : '*'}/${operation}`),
  );
  // The functions answer these with 503. A refusal here would be a 403.
  const undecided = unreadable.flatMap((app) => OPERATIONS.map((operation) => `${areNamed ? app : '*'}/${operation}`));
  return [...new Set([...routes, ...undecided])];
}

function principalName(principals: readonly Principal[]): string {
  const named = principals.slice(0, MAX_APPS_NAMED).map(({ app, integration }) => `${app}/${integration}`);
  const more = principals.length - named.length;
  return [...named, ...(more > 0 ? [`+${more}`] : [])].join(' ') || UNTRUSTED;
}

function authorizationHeader(event: APIGatewayRequestAuthorizerEvent): string | undefined {
  const headers = Object.entries(event.headers ?? {}).filter(([name]) => name.toLowerCase() === 'authorization');
  return headers.length === 1 ? headers[0]?.[1] : undefined;
}
