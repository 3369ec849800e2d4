// Settings of AWS SDK clients that work on an emulator.

import { EMULATOR_CREDENTIALS, EMULATOR_REGION } from './emulator.ts';

/** What every client of an emulator is made with. */
export interface EmulatorClient {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Region and credentials of the environment, and where it has none those of our own emulator's root user. */
export function clientFor(endpoint: string): EmulatorClient {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_REGION } = process.env;
  return {
    endpoint,
    region: AWS_REGION || EMULATOR_REGION,
    // A copy, since the SDK adds members to what it is given.
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey } : { ...EMULATOR_CREDENTIALS },
  };
}
