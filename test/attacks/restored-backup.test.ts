// Attackers who put back what was there before: bundles, whole tables, and the clocks of the functions.

import { expect, test } from 'vitest';
import type { AppRing } from '../../vault/domain/kek-life/ring.ts';
import { sweep } from '../../vault/usecases/sweep.ts';
import { present } from '../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../support/memory-vault.ts';
import { behind } from './behind.ts';

const HOUR_S = 3600;
const OPEN = { value: { status: 'ok', value: 'x' } };
const REDACTED = { value: { status: 'redacted', value: '★★★★★' } };

const swept = ({ clock, ports, ledger, telemetry }: MemoryVault) =>
  sweep({ clock, ledger, telemetry, reaper: ports.bundles, eraser: ports.bundles });

/** A vault whose functions can be told another time than KMS, and another ring than there is. */
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

test('a bundle that was erased and is put back opens again to who is trusted and has its ref, and not from its expiry on', async () => {
  const vault = await memoryVault();
  const { refs } = await vault.encrypt('web', { value: 'x' }, { subject: 'maya', ttlSeconds: HOUR_S });
  const { bundle } = await behind(vault, present(refs.value));
  vault.advance(1);
  await vault.call('desk', 'erase', { subject: 'maya' });
  expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);

  // A minute later the sweeper erases once more, so the first attempt does not last.
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
  const { bundle } = await behind(vault, present(refs.value));
  expect(await vault.decrypt('desk', refs)).toMatchObject(OPEN);
  vault.advance(60);
  for (const laterS of [0, 1, HOUR_S]) {
    await swept(vault);
    await vault.ports.bundles.deleteExpired(bundle, Number.MAX_SAFE_INTEGER);
    await vault.ports.bundles.insert({ ...bundle, expiresAtS: bundle.expiresAtS + laterS });
    expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);
  }
  expect(vault.telemetry.total('TamperedRefs')).toBe(2);
});

test('a function whose clock is set back opens what has expired and still lies there, until T2 and not from then on', async () => {
  const { vault, lies } = await deceivableVault();
  const { refs } = await vault.encrypt('web', { value: 'x' }, { ttlSeconds: HOUR_S });
  const { slot } = await behind(vault, present(refs.value));
  vault.advance(HOUR_S);
  expect(await vault.decrypt('desk', refs)).toEqual(REDACTED);
  vault.advance(-1);
  for (const [trueS, status] of [
    [slot.decryptUntilS - 1, 200],
    [slot.decryptUntilS, 503],
  ] as const) {
    lies.behindS = trueS - vault.nowS();
    const { text, ...answer } = await vault.call('desk', 'decrypt', { refs });
    expect({ trueS, status: answer.status }).toEqual({ trueS, status });
    expect(text.includes('"x"')).toBe(status === 200);
  }
  expect(vault.telemetry.total('AppKekRefused')).toBe(1);
});

test('every table restored after T2 opens to nobody, though the functions’ clock is set back with them', async () => {
  const { vault, lies } = await deceivableVault();
  const { refs } = await vault.encrypt('web', { value: 'x' });
  const { bundle, slot } = await behind(vault, present(refs.value));
  const backup = { ring: await vault.ring(), bundle, atS: vault.nowS() };
  /** Today is the day of the backup, but for KMS. */
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
  vault.advance(slot.decryptUntilS - 1 - vault.nowS());
  expect(await restored()).toEqual([200, true]);

  vault.advance(1);
  await vault.rotate();
  expect(vault.kms.stateOf(slot.keyArn)).toBe('PendingDeletion');
  expect(await restored()).toEqual([503, false]);
  // From then on there is no key left to refuse.
  vault.advance(7 * 24 * HOUR_S);
  expect(await restored()).toEqual([503, false]);
  expect(vault.kms.stateOf(slot.keyArn)).toBeUndefined();
});
