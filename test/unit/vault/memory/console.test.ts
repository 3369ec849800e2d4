// The Console's stores in memory keep the contracts that DynamoDB keeps.

import { constants, publicEncrypt } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  memoryConsoleSessions,
  memoryEntryLog,
  memoryLogKey,
  memoryRevealLimit,
} from '../../../../vault/memory/console.ts';
import { consoleSessionsContract } from '../../../support/contracts/console-sessions-contract.ts';
import { entryLogContract } from '../../../support/contracts/entry-log-contract.ts';

entryLogContract('memory', async () => memoryEntryLog());
consoleSessionsContract('memory', async () => ({ ...memoryConsoleSessions(), ...memoryRevealLimit() }));

test('the log key opens what was sealed to its public half, and counts its uses', async () => {
  const key = memoryLogKey();
  const padding = { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: 'sha256' };
  const wrapped = publicEncrypt({ key: await key.publicKey(), ...padding }, Buffer.from('a log key'));
  expect(key.uses).toBe(0);
  expect((await key.unwrap(wrapped))?.toString()).toBe('a log key');
  expect(await key.unwrap(Buffer.alloc(256))).toBeUndefined();
  expect(key.uses).toBe(2);
});
