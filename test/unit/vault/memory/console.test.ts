// The Console's stores in memory keep the contracts that DynamoDB keeps.

import { memoryConsoleSessions, memoryEntryLog, memoryRevealLimit } from '../../../../vault/memory/console.ts';
import { consoleSessionsContract } from '../../../support/contracts/console-sessions-contract.ts';
import { entryLogContract } from '../../../support/contracts/entry-log-contract.ts';

entryLogContract('memory', async () => memoryEntryLog());
consoleSessionsContract('memory', async () => ({ ...memoryConsoleSessions(), ...memoryRevealLimit() }));
