// Asks STS who signed: sends the one request there is, with a caller's signature on it, to the one place there is.

import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { parseXML } from '@aws-sdk/xml-builder';
import { DaykeyError } from '../../vault/domain/errors.ts';
import type { StsIdentity } from '../../vault/ports/sts-identity.ts';
import {
  callerIdentityRequest,
  type IdentityTarget,
  parseAwsIdentity,
  type SignedIdentity,
  signedAtMs,
  sigV4Authorization,
} from '../../wire/aws-identity.ts';
import { nameOf, unavailable } from './errors.ts';

export interface StsOptions extends IdentityTarget {
  /** Where the connection goes instead, for emulators; what is sent stays the same. @default the Region's STS */
  readonly endpoint?: string | undefined;
  /** How long all of it may take, in milliseconds. @default 3000 */
  readonly timeoutMs?: number;
}

interface StsAnswer {
  readonly status: number;
  readonly body: string;
}

const TIMEOUT_MS = 3000;
const MAX_STS_ANSWER_BYTES = 64 * 1024;
const ASKING = 'ask STS who is calling';

// What STS says with a status of 4xx although the same request may succeed later (STS API reference, Common errors).
const TRY_AGAIN = new Set(['Throttling', 'ThrottlingException', 'RequestLimitExceeded', 'TooManyRequestsException']);

/** An {@link StsIdentity} on the Region's own STS, which takes tokens of every Region of its partition. */
export function stsIdentity({ endpoint, timeoutMs = TIMEOUT_MS, ...place }: StsOptions): StsIdentity {
  const to = new URL(endpoint ?? `https://sts.${place.region}.${place.dnsSuffix}`);
  return {
    signedAtMs,
    async callerArn(authorization) {
      const identity = parseAwsIdentity(authorization);
      if (!identity) return undefined;
      return callerIn(await ask(to, place, identity, timeoutMs));
    },
  };
}

async function ask(to: URL, place: IdentityTarget, identity: SignedIdentity, timeoutMs: number): Promise<StsAnswer> {
  const { method, path, headers, body } = callerIdentityRequest(place, identity);
  try {
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = (to.protocol === 'http:' ? overHttp : overHttps)(
        new URL(path, to),
        {
          method,
          headers: {
            ...headers,
            authorization: sigV4Authorization(place.region, identity),
            'content-length': Buffer.byteLength(body),
          },
          // The function may be frozen for an hour: a connection that was kept would be dead.
          agent: false,
          signal: AbortSignal.timeout(timeoutMs),
        },
        resolve,
      );
      outgoing.on('error', reject);
      outgoing.end(body);
    });
    return { status: answer.statusCode ?? 0, body: await bodyOf(answer) };
  } catch (error) {
    throw error instanceof DaykeyError ? error : unavailable(ASKING, nameOf(error), error);
  }
}

async function bodyOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_STS_ANSWER_BYTES) {
      answer.destroy();
      throw unavailable(ASKING, 'its answer is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A redirect is not followed: it is no answer of STS, like all else that is neither an identity nor a refusal. */
function callerIn({ status, body }: StsAnswer): string | undefined {
  const root = parsed(body);
  const arn = textAt(root, 'GetCallerIdentityResponse', 'GetCallerIdentityResult', 'Arn');
  if (status === 200 && arn !== undefined) return arn;
  const refusal = textAt(root, 'ErrorResponse', 'Error', 'Code');
  if (status >= 400 && status < 500 && status !== 429 && refusal !== undefined && !TRY_AGAIN.has(refusal)) {
    return undefined;
  }
  throw unavailable(ASKING, `it answered ${status}`);
}

/** Read as AWS's own clients read STS. */
function parsed(body: string): unknown {
  try {
    return parseXML(body);
  } catch {
    return undefined;
  }
}

/** The text of an element that is there exactly once. */
function textAt(root: unknown, ...path: readonly string[]): string | undefined {
  let element = root;
  for (const name of path) {
    if (typeof element !== 'object' || element === null || !Object.hasOwn(element, name)) return undefined;
    element = Reflect.get(element, name);
  }
  return typeof element === 'string' ? element : undefined;
}
