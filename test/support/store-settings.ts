// Stores settings as a deployment does, without making a key.

import { randomUUID } from 'node:crypto';
import { changeSettings, documentDigest, newRecord } from '../../vault/domain/app-record.ts';
import { retireRecord } from '../../vault/domain/app-state.ts';
import { upkeepChanges } from '../../vault/domain/kek-life/upkeep.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import type { KeyRingWriter } from '../../vault/ports/key-ring.ts';

/** Replaces the settings of an app. What is removed and comes back in the next change keeps its generation. */
export async function storeSettings(keyRing: KeyRingWriter, settings: AppSettings): Promise<void> {
  const before = (await keyRing.readRecord(settings.app)) ?? newRecord(settings.app);
  const change = { settings, digest: documentDigest(JSON.stringify(settings)) };
  const next =
    settings.state === 'retired'
      ? retireRecord({ ...before, settings: { ...settings, state: 'live' } }, 0)
      : changeSettings(before, change, 0, randomUUID);
  await keyRing.storeRecord(next, before);
  if (next.settings) for (const each of upkeepChanges(next.settings, before.settings)) await keyRing.plan(each);
}
