// How an API token looks. The SDK checks it before it sends one, and the vault before it looks one up.

/** What every API token begins with. */
export const API_TOKEN_PREFIX = 'dkt_';

/** An API token: the prefix and base64url of 256 random bits. */
export const API_TOKEN_SHAPE = /^dkt_[A-Za-z0-9_-]{43}$/;
