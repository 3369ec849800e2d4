// The secrets of apps in memory, for tests and the testing kit.

import { randomBytes } from 'node:crypto';
import { APP_SECRET_BYTES } from '../domain/envelope/app-half.ts';
import type { AppSecretKeeper, AppSecrets } from '../ports/app-secrets.ts';

/** No secrets yet. */
export function memoryAppSecrets(): AppSecrets & AppSecretKeeper {
  const secrets = new Map<string, Buffer>();
  return {
    async findSecret(app) {
      const secret = secrets.get(app);
      return secret && Buffer.from(secret);
    },
    async makeSecret(app) {
      if (!secrets.has(app)) secrets.set(app, randomBytes(APP_SECRET_BYTES));
    },
    async removeSecret(app) {
      secrets.delete(app);
    },
  };
}
