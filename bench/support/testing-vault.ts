// The testing kit behind a port, in a separate process like OpenBao's, so that the client's work is not counted.

import { once } from 'node:events';
import { testingVault } from '../../client/testing/index.ts';

/** The message to the parent process when the vault listens. */
export interface ListeningVault {
  readonly url: string;
  readonly app: string;
  /** The `Authorization` header of an integration that encrypts and decrypts. */
  readonly authorization: string;
}

const [app, integration] = ['shop', 'web'];
const vault = await testingVault({ apps: { [app]: { integrations: { [integration]: { kind: 'messaging' } } } } });
const { url, close } = await vault.listen();
const authorization = await vault.identity(app, integration)();
process.send?.({ url, app, authorization } satisfies ListeningVault);
await once(process, 'disconnect');
await close();
