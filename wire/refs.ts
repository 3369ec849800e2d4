// How refs look on the wire, and what replaces a value that is redacted.

/** The reserved key. Inside entries a ref is `{ "$sensitive": ref }`, never a bare string. */
export const SENSITIVE_KEY = '$sensitive';

/** What everyone sees instead of a value that they may not read, or that is gone. */
export const REDACTED = '★★★★★';

/** What every ref begins with. */
export const REF_PREFIX = 'dk2_';

/** A ref: the prefix and base64url of 57 bytes. 76 characters leave no bits to spare, so each ref has one spelling. */
export const REF_SHAPE = /^dk2_[A-Za-z0-9_-]{76}$/;
