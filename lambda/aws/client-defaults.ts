// How every client of the functions behaves. Apart from the other parts, so that a function can use it without them.

import { requestHandler } from './lean-sdk.ts';

/**
 * How long functions wait for AWS, in milliseconds. The attempts of an SDK client together end well within the function's
 * 29 s, so that a dependency that hangs becomes a 503. Several slow ones in a row may still have a function cut off, which
 * harms nothing.
 */
export const PATIENCE = {
  timeoutMs: 6000,
  /** For STS, which is asked once. */
  stsTimeoutMs: 3000,
} as const;

/** How every SDK client behaves. */
export const CLIENT_DEFAULTS = { maxAttempts: 3, requestHandler: requestHandler(PATIENCE) } as const;
