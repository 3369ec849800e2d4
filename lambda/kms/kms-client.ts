// The KMS client of the functions.

import { KMSClient, type KMSClientConfig } from '@aws-sdk/client-kms';
import { CLIENT_DEFAULTS } from '../aws/client-defaults.ts';
import { lean } from '../aws/lean-sdk.ts';

/** A client with the defaults of the functions. It puts its middleware together once for each kind of command. */
export function kmsClient(config: KMSClientConfig = {}): KMSClient {
  return lean(new KMSClient({ ...CLIENT_DEFAULTS, cacheMiddleware: true, ...config }));
}
