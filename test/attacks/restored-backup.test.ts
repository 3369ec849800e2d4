// Attackers who put back what was there before: bundles, whole tables, and the clocks of the functions.

import { expect, test } from 'vitest';
import { formatRef, refIdFor } from '../../vault/domain/envelope/ref.ts';
import { bucketAt } from '../../vault/domain/kek-life/bucket.ts';
import type { AppRing } from '../../vault/domain/kek-life/ring.ts';
import { refusedFromS } from '../../vault/domain/kek-life/slot.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import { present } from '../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../support/memory-vault.ts';
import { behind } from './behind.ts';

const HOUR_S = 3600;
const OPEN = { value: { status: 'ok', value: 'x' } };
const REDACTED = { value: { status: 'redacted', value: '★★★★★' } };

const swept = ({ clock, ports, ledger, telemetry }: MemoryVault) =>
  sweep({ clock, ledger, telemetry, reaper: ports.bundles, blobs: ports.blobs });

/** A vault whose functions can be given another time than that of KMS, and another ring than the stored one. */
async function deceivableVault() {
  const lies: { behindS: number; ring?: AppRing } = { behindS: 0 };
  const vault: MemoryVault = await memoryVault({
    before: {
      keyRing: (real) => ({ read: async (app) => lies.ring ?? (await real.read(app)) }),
      appKek: (real) => ({
        ...real,
        unwrap: async (...call) => {
          vault.advance(lies.behindS);
          try {
            return await real.unwrap(...call);
          } finally {
            vault.advance(-lies.behindS);
          }
        },
      }),
    },
  });
  return { vault, lies };
}

test('a bundle that was erased and is put back opens again to a trusted holder of its ref, and not from its expiry on', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { value: 'x' }, { subject: 'maya', ttlSeconds: HOUR_S });
  const { bundle } = await behind(vault, present(refs.value));
  vault.advance(1);
  await vault.call('desk', 'erase', { subject: 'maya' });
  expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);

  // A minute later the sweeper erases again, so the first attempt does not last.
  await vault.ports.bundles.insert(bundle);
  vault.advance(60);
  await swept(vault);
  expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);

  await vault.ports.bundles.insert(bundle);
  await swept(vault);
  expect(await vault.decrypt('desk', refs)).toMatchObject(OPEN);
  expect(await vault.call('analytics', 'decrypt', { refs })).toMatchObject({ status: 403 });
  vault.advance(bundle.expiresAtS - vault.nowS());
  expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);
});

test('a bundle that has expired and is put back is answered with stars, as it is and with any later expiry', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { value: 'x' }, { ttlSeconds: 60 });
  const { bundle, ref } = await behind(vault, present(refs.value));
  expect(await vault.decrypt('desk', refs)).toMatchObject(OPEN);
  vault.advance(60);
  for (const laterS of [0, 1, HOUR_S]) {
    await swept(vault);
    await vault.ports.bundles.insert({ ...bundle, expiresAtS: bundle.expiresAtS + laterS });
    const later = formatRef({ ...ref, refId: refIdFor(bundle.expiresAtS + laterS, ref.refId.subarray(4)) });
    expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);
    expect(await vault.decrypt('desk', { value: later })).toEqual(REDACTED);
  }
  // Both were asked for with the later expiry: the ref KEK of the old ref proves nothing there.
  expect(vault.telemetry.total('ForgedRefs')).toBe(2);
});

test('a function whose clock is set back opens what has expired and is still stored, until KMS refuses its bucket', async () => {
  const { vault, lies } = await deceivableVault();
  const { refs } = await vault.encrypt('web', { value: 'x' }, { ttlSeconds: HOUR_S });
  const { bundle, slot } = await behind(vault, present(refs.value));
  const endS = refusedFromS(slot, present(bucketAt(slot, bundle.expiresAtS)));
  expect(endS - bundle.expiresAtS).toBeLessThanOrEqual(slot.bucketWidthS + 60);
  vault.advance(HOUR_S);
  expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);
  vault.advance(-1);
  for (const trueS of [endS - 1, endS, slot.decryptUntilS - 1, slot.decryptUntilS]) {
    lies.behindS = trueS - vault.nowS();
    expect([trueS, await vault.decrypt('desk', refs)]).toMatchObject([trueS, trueS < endS ? OPEN : REDACTED]);
  }
  expect(vault.telemetry.total('FieldsRedacted', 'expired')).toBe(3);
  expect(vault.telemetry.total('FieldsRedacted', 'key-destroyed')).toBe(1);
  expect(vault.telemetry.total('AppKekRefused')).toBe(0);
});

test('tables restored after a value’s bucket has ended open to no one, even if the functions’ clock is set back with them', async () => {
  const { vault, lies } = await deceivableVault();
  const { refs } = await vault.encrypt('web', { value: 'x' });
  const { bundle, slot } = await behind(vault, present(refs.value));
  const endS = refusedFromS(slot, present(bucketAt(slot, bundle.expiresAtS)));
  const backup = { ring: await vault.ring(), bundle, atS: vault.nowS() };
  /** Everyone but KMS believes that it is the day of the backup. */
  const restored = async () => {
    lies.behindS = vault.nowS() - backup.atS;
    lies.ring = backup.ring;
    vault.advance(-lies.behindS);
    await vault.ports.bundles.insert(backup.bundle);
    const { status, text } = await vault.call('desk', 'decrypt', { refs });
    vault.advance(lies.behindS);
    lies.behindS = 0;
    delete lies.ring;
    return [status, text.includes('"x"')];
  };
  await vault.call('desk', 'erase', { refs });
  vault.advance(endS - 1 - vault.nowS());
  expect(await restored()).toEqual([200, true]);
  vault.advance(1);
  expect(await restored()).toEqual([200, false]);

  vault.advance(slot.decryptUntilS - vault.nowS());
  await vault.rotate();
  expect(vault.kms.stateOf(slot.keyArn)).toBe('PendingDeletion');
  expect(await restored()).toEqual([200, false]);
  // From then on there is no key left to refuse.
  vault.advance(7 * 24 * HOUR_S);
  expect(await restored()).toEqual([200, false]);
  expect(vault.kms.stateOf(slot.keyArn)).toBeUndefined();
});
