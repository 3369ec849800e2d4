// Entry point of the rotate function: on its schedules for what is due, or invoked for one app or for the probe.

import { rotateHandler } from '../vault/operations/rotate-tasks.ts';
import { invokedCanary } from '../vault/usecases/keys/invoked-canary.ts';
import { tidyUp } from '../vault/usecases/keys/janitor.ts';
import { rotate, rotateOne } from '../vault/usecases/keys/rotate.ts';
import { askedOnce } from './aws/asked-once.ts';
import { lambdaFunctions } from './aws/invoke.ts';
import { endpointOf, FUNCTION_TIMEOUT_SECONDS, mayMissConditionKeys, readConfig } from './config.ts';
import { kmsClient } from './kms/kms-client.ts';
import { judgesContexts, probeKeys } from './kms/probe.ts';
import { KEY_VARIABLES, keyMakerOptions, keyParts } from './runtime.ts';

const own = ['encryptCanaryArn', 'decryptCanaryArn', 'allowMissingConditionKeys'] as const;
const config = readConfig(process.env, [...KEY_VARIABLES, ...own]);
const functions = { encrypt: config.encryptCanaryArn, decrypt: config.decryptCanaryArn };
const kms = kmsClient();
const { invoke } = lambdaFunctions(kms.config, {
  endpoint: endpointOf('lambda', process.env, config),
  timeoutMs: FUNCTION_TIMEOUT_SECONDS * 1000,
});
const options = keyMakerOptions(config);
const clock = Date.now;
const keys = keyParts(config, kms, {
  taggingEndpoint: endpointOf('tagging', process.env, config),
  judgesContexts: mayMissConditionKeys(process.env, config)
    ? askedOnce(() => judgesContexts(kms, options, { clock }))
    : undefined,
});
const deps = { ...keys, canary: invokedCanary(invoke, functions) };

export const handler = rotateHandler({
  rotate: () => rotate(deps),
  rotateOne: (app) => rotateOne(deps, app),
  tidyUp: () => tidyUp(deps),
  probe: () => probeKeys(kms, options, { clock }),
});
