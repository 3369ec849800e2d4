// Asks STS who signed a request: sends GetCallerIdentity with the caller's signature to the STS of the Region.

import type { StsIdentity } from '../../vault/ports/sts-identity.ts';
import {
  callerIdentityRequest,
  type IdentityTarget,
  parseAwsIdentity,
  type SignedIdentity,
  signedAtMs,
  sigV4Authorization,
} from '../../wire/aws-identity.ts';
import { PATIENCE } from './client-defaults.ts';
import { errorName, TRANSIENT, unavailable } from './errors.ts';
import { type Answer, exchange } from './http.ts';
import { parsedXml, textAt } from './xml.ts';

export interface StsOptions extends IdentityTarget {
  /** Base URL of the Region's STS, or of an emulator. What is sent stays the same. */
  readonly endpoint: string;
  /** Limit for the whole exchange, in milliseconds. @default 3000 */
  readonly timeoutMs?: number;
}

const MAX_STS_ANSWER_BYTES = 64 * 1024;
const ASKING = 'ask STS who is calling';

/** An {@link StsIdentity} on the Region's STS, which accepts session tokens of every Region in its partition. */
export function stsIdentity({ endpoint, timeoutMs, ...place }: StsOptions): StsIdentity {
  const to = new URL(endpoint);
  return {
    signedAtMs,
    async callerArn(authorization) {
      const identity = parseAwsIdentity(authorization);
      if (!identity) return undefined;
      return callerIn(await ask(to, place, identity, timeoutMs ?? PATIENCE.stsTimeoutMs));
    },
  };
}

async function ask(to: URL, place: IdentityTarget, identity: SignedIdentity, timeoutMs: number): Promise<Answer> {
  const { method, path, headers, body } = callerIdentityRequest(place, identity);
  const request = {
    method,
    protocol: to.protocol,
    hostname: to.hostname,
    port: to.port === '' ? undefined : Number(to.port),
    path,
    headers: {
      ...headers,
      authorization: sigV4Authorization(place.region, identity),
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
  try {
    // No kept connection: it would be dead after the function was frozen.
    return await exchange(request, { timeoutMs, keepAlive: false, maxBytes: MAX_STS_ANSWER_BYTES });
  } catch (error) {
    throw unavailable(ASKING, errorName(error), error);
  }
}

/** Everything that is neither an identity nor a refusal counts as an outage, redirects included. */
function callerIn({ statusCode: status, body }: Answer): string | undefined {
  const root = parsedXml(body.toString('utf8'));
  const arn = textAt(root, 'GetCallerIdentityResponse', 'GetCallerIdentityResult', 'Arn');
  if (status === 200 && arn !== undefined) return arn;
  const refusal = textAt(root, 'ErrorResponse', 'Error', 'Code');
  if (status >= 400 && status < 500 && status !== 429 && refusal !== undefined && !TRANSIENT.has(refusal)) {
    return undefined;
  }
  throw unavailable(ASKING, `it answered ${status}`);
}
