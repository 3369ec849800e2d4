// How refs and what is left of them look on the wire.

/** The one reserved key: inside entries a ref is `{ "$sensitive": token }`, never a bare string. */
export const SENSITIVE_KEY = '$sensitive';

/** What everybody sees of a value that may not be read, or no longer. */
export const REDACTED = '★★★★★';
