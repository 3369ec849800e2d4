// Signing people in with an OpenID Connect issuer.

import type { PendingLogin } from './console-sessions.ts';

/** The claims of an ID token that was verified: signature, issuer, audience, nonce, dates. */
export type Claims = Readonly<Record<string, unknown>> & { readonly sub: string };

export interface SignIn {
  /** Where to send the browser, and what to keep until it comes back. @throws DaykeyError `unavailable`. */
  begin(): Promise<{ readonly url: string; readonly login: PendingLogin }>;
  /**
   * The claims of the person who came back with these parameters; `undefined` when anything about the answer is wrong.
   *
   * @throws DaykeyError `unavailable` when the issuer cannot be asked.
   */
  finish(parameters: URLSearchParams, login: PendingLogin): Promise<Claims | undefined>;
}
