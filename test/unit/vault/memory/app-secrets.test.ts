// The secrets of apps in memory keep the contract.

import { memoryAppSecrets } from '../../../../vault/memory/app-secrets.ts';
import { appSecretsContract } from '../../../support/contracts/app-secrets-contract.ts';

appSecretsContract('memory', async () => memoryAppSecrets());
