// `Authorization: Daykey-Aws …`: the parts of a signed STS request that a caller sends, and the only request it can be for.

import { MAX_AUTHORIZATION_BYTES } from './limits.ts';

/** All that a caller chooses. Host, path, method, action, body and signed headers are the same for every caller. */
export interface SignedIdentity {
  /** The key ID of temporary credentials; those of an assumed role begin with `ASIA`. */
  readonly accessKeyId: string;
  /** When the request was signed, in the format of SigV4: `20261123T070000Z`. */
  readonly date: string;
  readonly sessionToken: string;
  /** SigV4 signature: 64 hexadecimal digits. */
  readonly signature: string;
}

/** Which vault a request is signed for, and the STS endpoint that verifies it. */
export interface IdentityTarget {
  readonly region: string;
  /** The end of AWS's host names there: `amazonaws.com`, or `amazonaws.com.cn` in China. */
  readonly dnsSuffix: string;
  /** `daykey:{account}:{region}:{stack}`: a request for one vault is invalid for another. */
  readonly audience: string;
}

/** The GetCallerIdentity request before it is signed, with header names in lower case. */
export interface CallerIdentityRequest {
  readonly method: 'POST';
  readonly host: string;
  readonly path: '/';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How long a client reuses one header, in seconds. The vault accepts it for one more minute. */
export const REUSE_SECONDS = 5 * 60;

/** The headers that are signed, as SigV4 lists them. */
export const SIGNED_HEADERS = 'content-type;host;x-amz-date;x-amz-security-token;x-daykey-audience';

const VERSION = 1;
const HEADER = /^Daykey-Aws ([A-Za-z0-9_-]+)$/;
// Each goes into request headers, so none may hold a space, a comma or a line break.
const SHAPES: Readonly<Record<keyof SignedIdentity, RegExp>> = {
  // At most 128 characters (STS API reference, Credentials).
  accessKeyId: /^ASIA[A-Z0-9]{12,124}$/,
  date: /^\d{8}T\d{6}Z$/,
  // AWS promises no length, so the header's length is the limit.
  sessionToken: /^[A-Za-z0-9+/=_-]+$/,
  signature: /^[0-9a-f]{64}$/,
};

/** The header: `Daykey-Aws ` and base64url of the JSON. */
export function formatAwsIdentity({ accessKeyId, date, sessionToken, signature }: SignedIdentity): string {
  const json = JSON.stringify({ v: VERSION, accessKeyId, date, sessionToken, signature });
  return `Daykey-Aws ${Buffer.from(json).toString('base64url')}`;
}

/** The identity in a header, or `undefined` for anything but the one valid spelling. */
export function parseAwsIdentity(authorization: string): SignedIdentity | undefined {
  if (authorization.length > MAX_AUTHORIZATION_BYTES) return undefined;
  const encoded = HEADER.exec(authorization)?.[1];
  const identity = encoded === undefined ? undefined : identityIn(Buffer.from(encoded, 'base64url').toString('utf8'));
  // Formatting it must give the same header, so no other member, order, escape, white space or encoding passes.
  return identity && formatAwsIdentity(identity) === authorization ? identity : undefined;
}

/** When the request in a header was signed, in milliseconds since 1970; `undefined` if {@link parseAwsIdentity} refuses it. */
export function signedAtMs(authorization: string): number | undefined {
  const identity = parseAwsIdentity(authorization);
  return identity && instantOf(identity.date);
}

/** The request that the caller signs and the vault sends. */
export function callerIdentityRequest(
  { region, dnsSuffix, audience }: IdentityTarget,
  { date, sessionToken }: Pick<SignedIdentity, 'date' | 'sessionToken'>,
): CallerIdentityRequest {
  const host = `sts.${region}.${dnsSuffix}`;
  return {
    method: 'POST',
    host,
    path: '/',
    headers: {
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      host,
      'x-amz-date': date,
      'x-amz-security-token': sessionToken,
      'x-daykey-audience': audience,
    },
    body: 'Action=GetCallerIdentity&Version=2011-06-15',
  };
}

/** The `Authorization` header for STS (AWS General Reference, Signature Version 4). */
export function sigV4Authorization(region: string, { accessKeyId, date, signature }: SignedIdentity): string {
  const scope = `${date.slice(0, 8)}/${region}/sts/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${SIGNED_HEADERS}, Signature=${signature}`;
}

/** The instant of a date in the format of SigV4; `undefined` for a date that does not exist. */
function instantOf(date: string): number | undefined {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6.000Z');
  const instant = Date.parse(iso);
  // Date.parse takes 30 February for 2 March.
  return Number.isNaN(instant) || new Date(instant).toISOString() !== iso ? undefined : instant;
}

function identityIn(text: string): SignedIdentity | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isIdentity(value) ? value : undefined;
}

function isIdentity(value: unknown): value is SignedIdentity {
  if (typeof value !== 'object' || value === null) return false;
  const members: Readonly<Record<string, unknown>> = { ...value };
  return (
    Object.entries(SHAPES).every(([name, shape]) => {
      const member = members[name];
      return typeof member === 'string' && shape.test(member);
    }) && instantOf(String(members.date)) !== undefined
  );
}
