// Who signed a request: STS alone can tell, because it alone knows the secret keys.

export interface StsIdentity {
  /**
   * When the request in a header was signed, in milliseconds since 1970; `undefined` for anything but a well-formed
   * header. Asks nobody.
   */
  signedAtMs(authorization: string): number | undefined;
  /**
   * The ARN of whoever signed; `undefined` when STS does not take the signature or the credentials.
   *
   * @throws DaykeyError `unavailable` when STS cannot be asked, or does not answer as STS does.
   */
  callerArn(authorization: string): Promise<string | undefined>;
}
