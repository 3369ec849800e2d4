// API tokens: `dkt_` and 256 random bits. The vault stores only their SHA-256.

import { createHash, randomBytes } from 'node:crypto';
import { API_TOKEN_PREFIX, API_TOKEN_SHAPE } from '../../wire/api-token.ts';

const BEARER = /^Bearer (\S+)$/i;
const ID_DIGITS = 12;

/** A new token, to be shown once. */
export function newApiToken(): string {
  return `${API_TOKEN_PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** The SHA-256 of a token in hex, which is all that is stored. 256 random bits need no salt and no slow hash. */
export function hashApiToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

/** The ID of a token for operators: the first 12 hex digits of its hash. It grants nothing. */
export function tokenIdOf(hash: string): string {
  return hash.slice(0, ID_DIGITS);
}

/** What stands for a token in the audit log. */
export function tokenCredential(hash: string): string {
  return `token/${tokenIdOf(hash)}`;
}

/** The token in `Bearer dkt_…` (RFC 6750, 2.1), or `undefined`. */
export function bearerToken(authorization: string): string | undefined {
  const token = BEARER.exec(authorization)?.[1];
  return token !== undefined && API_TOKEN_SHAPE.test(token) ? token : undefined;
}
