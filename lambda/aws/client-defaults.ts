// How every SDK client of the functions behaves. Apart from the other parts, so that a function can use it without them.

/**
 * How every SDK client behaves: three attempts that together end well within the function's 29 s, so that a
 * dependency that hangs becomes a 503. Several slow ones in a row may still have a function cut off, which harms nothing.
 */
export const CLIENT_DEFAULTS = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 2000, requestTimeout: 6000, throwOnRequestTimeout: true },
} as const;
