// URLs that carry the signature of one request to S3, for callers and for the vault itself.

import type { ClientConfig } from '../aws/signed-post.ts';
import { ALGORITHM, hmac, signingKey, signingScope, signingTime, stringToSign, uriEncoded } from '../aws/sigv4.ts';

/** Whose signature: the configuration of an SDK client, or a session in the place of its credentials. */
export type Signing = Pick<ClientConfig, 'region' | 'credentials'>;

/** Credentials of a role. */
export type Credentials = Awaited<ReturnType<Signing['credentials']>>;

/** The one request that a URL is for. */
export interface SignedRequest {
  readonly method: 'GET' | 'PUT' | 'DELETE';
  /** Its path needs no escapes. */
  readonly url: URL;
  /** Headers that have to be sent as they are, beside `host`; names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** The body comes later, and is authenticated by its own chunks. */
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/**
 * The URL (S3 API reference, "Authenticating Requests: Using Query Parameters").
 *
 * @param seconds how long it is valid; shorter if the credentials end sooner.
 */
export async function presignedUrl(
  { credentials, region }: Signing,
  { method, url, headers = {} }: SignedRequest,
  seconds: number,
  nowMs: number = Date.now(),
): Promise<string> {
  const { accessKeyId, secretAccessKey, sessionToken } = await credentials();
  const place = await region();
  const time = signingTime(new Date(nowMs));
  const scope = signingScope(time, place, 's3');
  const signed = Object.entries({ ...headers, host: url.host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const query = [
    ...url.searchParams,
    ['X-Amz-Algorithm', ALGORITHM],
    ['X-Amz-Content-Sha256', UNSIGNED],
    ['X-Amz-Credential', `${accessKeyId}/${scope}`],
    ['X-Amz-Date', time],
    ['X-Amz-Expires', String(seconds)],
    ['X-Amz-SignedHeaders', names],
    ...(sessionToken === undefined ? [] : [['X-Amz-Security-Token', sessionToken]]),
  ];
  const canonicalQuery = query
    .map((pair) => pair.map(uriEncoded).join('='))
    .sort()
    .join('&');
  const lines = signed.map(([name, value]) => `${name}:${value}\n`).join('');
  const canonical = `${method}\n${url.pathname}\n${canonicalQuery}\n${lines}\n${names}\n${UNSIGNED}`;
  const key = signingKey(secretAccessKey, time, place, 's3');
  const signature = hmac(key, stringToSign(time, scope, canonical)).toString('hex');
  return `${url.origin}${url.pathname}?${canonicalQuery}&X-Amz-Signature=${signature}`;
}
