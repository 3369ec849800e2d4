// An explanation follows the settings of the caller's app and its rights, and is refused when it does not fit.

import { expect, test } from 'vitest';
import { explainEntry } from '../../../../vault/usecases/explain.ts';
import { aRef } from '../../../support/entries.ts';
import { present } from '../../../support/envelope.ts';
import { memoryVault } from '../../../support/memory-vault.ts';

async function callerOf(kind: 'messaging' | 'component', settings: object = {}) {
  const vault = await memoryVault({ settings });
  const ring = present(await vault.keyRing.read('shop'));
  const trust = { kind, processSensitive: false, roles: [] };
  return { app: 'shop', integration: 'web', credential: 'token/0123456789ab', requestId: 'a-request', ring, trust };
}

const say = (data: Record<string, unknown>) => ({ type: 'text.say', data });
const AGENT = { thread: { mode: 'agent' } } as const;

test("an entry is explained by its app's settings", async () => {
  const entry = say({ text: 'my number' });
  const { sensitive } = explainEntry(await callerOf('messaging'), entry, AGENT);
  const off = await callerOf('messaging', { sensitiveData: { transcript: false } });
  expect([sensitive, explainEntry(off, entry, AGENT).sensitive]).toEqual([true, false]);
});

test('a ref is refused to a caller that may bring none, as `incoming` refuses it', async () => {
  const entry = say({ text: aRef() });
  const [web, bot] = [await callerOf('messaging'), await callerOf('component')];
  expect(() => explainEntry(web, entry, AGENT)).toThrow(expect.objectContaining({ code: 'ref-not-allowed' }));
  expect(() => explainEntry(bot, entry, AGENT)).not.toThrow();
});
