// The secrets of apps that share keys: what keeps the values of one apart from those of the others.

/** Reading a secret. @throws DaykeyError `unavailable`. */
export interface AppSecrets {
  /** The app's 32 bytes by a strongly consistent read; `undefined` for an app that has none. */
  findSecret(app: string): Promise<Buffer | undefined>;
}

/** Making and deleting secrets. It cannot read them. @throws DaykeyError `unavailable`. */
export interface AppSecretKeeper {
  /** Makes a random secret for an app that has none. May be repeated. */
  makeSecret(app: string): Promise<void>;
  /** Deletes the secret, if there is one: what the app sealed with it opens never again. May be repeated. */
  removeSecret(app: string): Promise<void>;
}
