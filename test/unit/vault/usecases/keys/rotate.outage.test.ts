// The rotator stays down for longer than the lead: encryption ends at T1, nothing gets weaker, all comes back by itself.

import { expect, test } from 'vitest';
import { DEFAULT_LIFE } from '../../../../../vault/domain/kek-life/life.ts';
import { failure } from '../../../../../vault/operations/answer.ts';
import { rotate } from '../../../../../vault/usecases/keys/rotate.ts';
import { storeSettings } from '../../../../support/store-settings.ts';
import { SLOT_S, someSettings, virtualVault } from '../../../../support/virtual-vault.ts';

const { cycleS, graceS, leadS, maxTtlS, marginS } = DEFAULT_LIFE;
const SAFETY_S = 60;
const T1 = SLOT_S + cycleS + graceS;
const T2 = T1 + maxTtlS + marginS;

test('a rotator that stays down stops encryption from T1 on, but not decryption, and weakens nothing', async () => {
  const vault = virtualVault();
  await storeSettings(vault.keyRing, someSettings());
  await rotate(vault.rotator);
  const first = await vault.seal(maxTtlS);

  // Down from here, a second before it would have made the next key.
  vault.at(SLOT_S + cycleS - leadS - 1);
  await rotate(vault.rotator);
  expect(await vault.slots()).toEqual([[SLOT_S, 'ready']]);

  // Through the end of the slot and its grace, with the longest time to live and no more.
  let last = first;
  for (const nowS of [SLOT_S + cycleS - 1, SLOT_S + cycleS, T1 - SAFETY_S - 1]) {
    vault.at(nowS);
    last = await vault.seal(maxTtlS);
    expect(last.expiresAtS).toBe(nowS + maxTtlS);
    await expect(vault.seal(maxTtlS + 1)).rejects.toMatchObject({ code: 'ttl-out-of-range' });
  }
  expect(last.expiresAtS).toBeLessThanOrEqual(T2 - marginS);

  // Then 503 and when to come back; no other key, no longer grace, no ref without the key of its slot.
  const asked = { ...vault.kms.calls };
  for (const nowS of [T1 - SAFETY_S, T1, T1 + 3600]) {
    vault.at(nowS);
    const error: unknown = await vault.seal().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: 30 });
    expect(failure(error)).toMatchObject({ status: 503, headers: { 'Retry-After': '30' } });
  }
  expect(vault.kms.calls).toEqual(asked);

  // Decryption goes on, to the second.
  expect(await vault.open(last.token)).toMatchObject({ status: 'ok', json: '"value"' });
  expect(await vault.open(first.token)).toMatchObject({ status: 'redacted', reason: 'expired' });

  // Back: one run, and a second later, when functions look again, there is a key for now, with its regular dates.
  await rotate(vault.rotator);
  vault.at(vault.nowS() + 1);
  expect(await vault.slots()).toEqual([
    [SLOT_S + cycleS, 'ready'],
    [SLOT_S, 'ready'],
  ]);
  const recovered = await vault.seal();
  expect(await vault.open(recovered.token)).toMatchObject({ status: 'ok' });

  vault.at(last.expiresAtS - 1);
  expect(await vault.open(last.token)).toMatchObject({ status: 'ok' });
  vault.at(last.expiresAtS);
  expect(await vault.open(last.token)).toMatchObject({ status: 'redacted', reason: 'expired' });

  vault.at(T2);
  await rotate(vault.rotator);
  expect(await vault.slots()).toContainEqual([SLOT_S, 'destroyed']);
});

test('the alarm for a missing slot sounds half a lead before it is needed', async () => {
  const vault = virtualVault();
  await storeSettings(vault.keyRing, someSettings());
  await rotate(vault.rotator);
  // The rotator runs, but KMS makes it no key.
  const broken = { ...vault.rotator.keyMaker, create: () => Promise.reject(new Error('no more keys')) };
  const missing = () => vault.telemetry.total('NextSlotMissing');
  vault.at(SLOT_S + cycleS - leadS / 2 - 1);
  await expect(rotate({ ...vault.rotator, keyMaker: broken })).rejects.toThrow(AggregateError);
  expect(missing()).toBe(0);
  vault.at(SLOT_S + cycleS - leadS / 2);
  await expect(rotate({ ...vault.rotator, keyMaker: broken })).rejects.toThrow(AggregateError);
  expect(missing()).toBe(1);
});
