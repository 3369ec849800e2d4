// Who signed a request. Only STS can check it, because only STS knows the secret keys.

export interface StsIdentity {
  /** When the request in a header was signed, in milliseconds since 1970; `undefined` for a malformed header. No I/O. */
  signedAtMs(authorization: string): number | undefined;
  /**
   * The ARN of the signer; `undefined` when STS rejects the signature or the credentials, and for a malformed header.
   *
   * @throws DaykeyError `unavailable` when STS cannot be reached or gives an unexpected answer.
   */
  callerArn(authorization: string): Promise<string | undefined>;
}
