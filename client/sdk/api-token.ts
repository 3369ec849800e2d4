// The identity of an integration outside AWS: an API token.

/**
 * Gives the `Authorization` header of an API token, `dkt_…`. Read the token from where you keep secrets.
 *
 * @throws Error for text that is no API token. The text is not repeated.
 */
export function apiToken(token: string): () => Promise<string> {
  if (!/^dkt_[A-Za-z0-9_-]+$/.test(token)) {
    throw new Error('an API token begins with dkt_ and has no white space');
  }
  return async () => `Bearer ${token}`;
}
