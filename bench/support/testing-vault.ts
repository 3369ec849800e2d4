// A process of its own with the testing kit behind a port, as OpenBao has one: the client's work is not the server's.

import { once } from 'node:events';
import { testingVault } from '../../client/testing/index.ts';

/** What the parent is told when the vault listens. */
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
