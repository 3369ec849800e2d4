// The identity of an integration outside AWS: an API token.

import { API_TOKEN_SHAPE } from '../../wire/api-token.ts';

/**
 * Gives the `Authorization` header of an API token, `dkt_…`. Read the token from where you keep secrets.
 *
 * @throws Error for text that is no API token. The text is not repeated.
 */
export function apiToken(token: string): () => Promise<string> {
  if (!API_TOKEN_SHAPE.test(token)) throw new Error('an API token is dkt_ and 43 characters');
  return async () => `Bearer ${token}`;
}
