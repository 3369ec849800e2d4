// Who an integration outside AWS is: an API token.

/**
 * Gives the `Authorization` header of an API token, `dkt_…`. Read the token from where secrets are kept.
 *
 * @throws Error for what is not written like a token; its text is not repeated.
 */
export function apiToken(token: string): () => Promise<string> {
  if (!/^dkt_[A-Za-z0-9_-]+$/.test(token)) throw new Error('an API token begins with dkt_ and holds no white space');
  return async () => `Bearer ${token}`;
}
