// A destroyed key leaves a receipt: signed, true, once, and before the ring says that it is done.

import { describe, expect, test } from 'vitest';
import { verifyReceipt } from '../../../../../client/cli/verify-receipt.ts';
import type { RingSlot } from '../../../../../vault/domain/kek-life/ring.ts';
import { memoryReceiptSigner } from '../../../../../vault/memory/receipt-signer.ts';
import { destroyKey } from '../../../../../vault/usecases/keys/destroy-key.ts';
import { sweep } from '../../../../../vault/usecases/sweep.ts';
import { present } from '../../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

async function pastT2(): Promise<{ vault: MemoryVault; slot: RingSlot & { readonly keyArn: string } }> {
  const vault = await memoryVault();
  const slot = present((await vault.ring()).slots[0]);
  return { vault, slot: { ...slot, keyArn: present(slot.keyArn) } };
}

const sweepOf = ({ clock, ports, ledger, telemetry }: MemoryVault) =>
  sweep({ clock, reaper: ports.bundles, eraser: ports.bundles, ledger, telemetry });

describe('the receipt of a destroyed key', () => {
  test('says which key, when it refused what, when its material is gone, and what became of its bundles', async () => {
    const { vault, slot } = await pastT2();
    await vault.encrypt('web', { a: 1, b: 2 }, { ttlSeconds: 60 });
    await vault.encrypt('web', { a: 1 }, { ttlSeconds: 60 });
    const { refs } = await vault.encrypt('web', { a: 1 });
    await vault.call('desk', 'erase', { refs });
    vault.advance(120);
    await sweepOf(vault);
    vault.advance(slot.decryptUntilS - vault.nowS());
    await vault.rotate();

    const signer = memoryReceiptSigner();
    await destroyKey({ ...vault.rotateDeps, signer }, slot);
    const [filed] = await vault.rotateDeps.ledger.receipts(vault.app);
    const { publicKey } = vault.rotateDeps.signer as ReturnType<typeof memoryReceiptSigner>;
    expect(await verifyReceipt(present(filed), publicKey)).toEqual({
      type: 'daykey-destruction-receipt',
      version: 1,
      stack: 'Daykey',
      app: vault.app,
      slot: slot.slot,
      keyArn: slot.keyArn,
      keyCreatedAt: expect.stringMatching(/Z$/),
      encryptRefusedFrom: instant(slot.encryptUntilS),
      decryptRefusedFrom: instant(slot.decryptUntilS),
      pendingDeletionAt: instant(vault.nowS()),
      materialGoneNotBefore: instant(vault.nowS() + 7 * 24 * 3600),
      bundles: { swept: 2, erased: 1, left: 0 },
    });
    // The second destruction signed with another key; the first receipt stayed.
    expect(await verifyReceipt(present(filed), signer.publicKey)).toBeUndefined();
  });

  test('counts what still lies in the vault', async () => {
    const { vault, slot } = await pastT2();
    await vault.encrypt('web', { a: 1 });
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    vault.advance(slot.decryptUntilS - vault.nowS());
    await vault.rotate();
    const [filed] = await vault.rotateDeps.ledger.receipts(vault.app);
    const { publicKey } = vault.rotateDeps.signer as ReturnType<typeof memoryReceiptSigner>;
    expect((await verifyReceipt(present(filed), publicKey))?.bundles).toEqual({ swept: 0, erased: 0, left: 2 });
  });

  test('is filed before the ring says that the key is destroyed, so that a crash in between loses none', async () => {
    const { vault, slot } = await pastT2();
    vault.advance(slot.decryptUntilS - vault.nowS());
    const ledger = { ...vault.rotateDeps.ledger, file: () => Promise.reject(new Error('throttled')) };
    await expect(destroyKey({ ...vault.rotateDeps, ledger }, slot)).rejects.toThrow('throttled');
    expect((await vault.ring()).slots.find(({ slot: id }) => id === slot.slot)?.state).toBe('ready');
    await destroyKey(vault.rotateDeps, slot);
    expect(await vault.rotateDeps.ledger.receipts(vault.app)).toHaveLength(1);
  });

  test('is not made up for a key that is gone already', async () => {
    const { vault, slot } = await pastT2();
    const keyMaker = { destroy: async () => undefined };
    await destroyKey({ ...vault.rotateDeps, keyMaker }, slot);
    expect(await vault.rotateDeps.ledger.receipts(vault.app)).toEqual([]);
    expect(vault.telemetry.notes).toContain('a key was already gone, so it has no receipt');
  });
});

function instant(atS: number): string {
  return new Date(atS * 1000).toISOString().replace('.000Z', 'Z');
}
