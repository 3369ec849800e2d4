// Entry point of the rotate function: on its schedules for every app, or invoked for one.

import { KMSClient } from '@aws-sdk/client-kms';
import { rotateOne } from '../vault/usecases/keys/configure-app.ts';
import { tidyUp } from '../vault/usecases/keys/janitor.ts';
import { rotate } from '../vault/usecases/keys/rotate.ts';
import { lambdaCanary } from './aws/canary.ts';
import { CLIENT_DEFAULTS } from './aws/client-defaults.ts';
import { lambdaInvoke } from './aws/invoke.ts';
import { FUNCTION_TIMEOUT_SECONDS, keyPolicyOf, lambdaEndpoint, mayMissConditionKeys, readConfig } from './config.ts';
import { judgesContexts } from './kms/condition-keys.ts';
import { KEY_VARIABLES, keyParts } from './runtime.ts';

const own = ['encryptCanaryArn', 'decryptCanaryArn', 'allowMissingConditionKeys'] as const;
const config = readConfig(process.env, [...KEY_VARIABLES, ...own]);
const functions = { encrypt: config.encryptCanaryArn, decrypt: config.decryptCanaryArn };
const kms = new KMSClient(CLIENT_DEFAULTS);
const invoke = lambdaInvoke(kms.config, {
  endpoint: lambdaEndpoint(process.env, config),
  timeoutMs: FUNCTION_TIMEOUT_SECONDS * 1000,
});
const judges = mayMissConditionKeys(process.env, config)
  ? askedOnce(() => judgesContexts(kms, keyPolicyOf(config)))
  : undefined;
const deps = { ...keyParts(config, kms, judges), canary: lambdaCanary(invoke, functions) };

export async function handler(event: { app?: string; task?: string }): Promise<void> {
  if (event.task === 'tidy-up') return await tidyUp(deps);
  return event.app === undefined ? await rotate(deps) : await rotateOne(deps, event.app);
}

/** Keeps the answer for the life of this function instance, and asks again after a failure. */
function askedOnce<Answer>(ask: () => Promise<Answer>): () => Promise<Answer> {
  let asked: Promise<Answer> | undefined;
  return () => {
    asked ??= ask().catch((error: unknown) => {
      asked = undefined;
      throw error;
    });
    return asked;
  };
}
