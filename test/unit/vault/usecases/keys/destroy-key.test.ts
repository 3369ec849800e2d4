// A destroyed key leaves two signed receipts: one before the ring calls the key destroyed, one when KMS says that it is gone.

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type AnyReceipt, verifyReceipt } from '../../../../../client/cli/verify-receipt.ts';
import type { RingSlot } from '../../../../../vault/domain/kek-life/ring.ts';
import { memoryReceiptSigner } from '../../../../../vault/memory/receipt-signer.ts';
import type { Due } from '../../../../../vault/ports/bundle-store.ts';
import { confirmGone, destroyKey } from '../../../../../vault/usecases/keys/destroy-key.ts';
import { sweep } from '../../../../../vault/usecases/sweep.ts';
import { present } from '../../../../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../../../../support/memory-vault.ts';

const DAY_S = 24 * 3600;

async function pastT2(): Promise<{ vault: MemoryVault; slot: RingSlot & { readonly keyArn: string } }> {
  const vault = await memoryVault();
  const slot = present((await vault.ring()).slots[0]);
  return { vault, slot: { ...slot, keyArn: present(slot.keyArn) } };
}

const sweepOf = ({ clock, ports, ledger, telemetry }: MemoryVault) =>
  sweep({ clock, reaper: ports.bundles, blobs: ports.blobs, ledger, telemetry });

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
    const [filed] = await vault.rotateDeps.ledger.receipts({ app: vault.app });
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

  test('counts the bundles that are still stored', async () => {
    const { vault, slot } = await pastT2();
    await vault.encrypt('web', { a: 1 });
    await vault.encrypt('web', { a: 1 }, { subject: 'maya' });
    vault.advance(slot.decryptUntilS - vault.nowS());
    await vault.rotate();
    const [filed] = await vault.rotateDeps.ledger.receipts({ app: vault.app });
    const { publicKey } = vault.rotateDeps.signer as ReturnType<typeof memoryReceiptSigner>;
    const bundles = { swept: 0, erased: 0, left: 2 };
    expect(await verifyReceipt(present(filed), publicKey)).toMatchObject({ bundles });
  });

  test('is filed before the slot is marked as destroyed, so that a crash in between loses none', async () => {
    const { vault, slot } = await pastT2();
    vault.advance(slot.decryptUntilS - vault.nowS());
    const ledger = { ...vault.rotateDeps.ledger, file: () => Promise.reject(new Error('throttled')) };
    await expect(destroyKey({ ...vault.rotateDeps, ledger }, slot)).rejects.toThrow('throttled');
    expect((await vault.ring()).slots.find(({ slot: id }) => id === slot.slot)?.state).toBe('ready');
    await destroyKey(vault.rotateDeps, slot);
    expect(await vault.rotateDeps.ledger.receipts({ app: vault.app })).toHaveLength(1);
  });

  test('is not made up for a key that is already gone, which gets the second receipt only, and a note', async () => {
    const { vault, slot } = await pastT2();
    const notes: object[] = [];
    const telemetry = {
      ...vault.telemetry,
      note: (message: string, details = {}) => void notes.push({ message, ...details }),
    };
    const keyMaker = { ...vault.rotateDeps.keyMaker, destroy: async () => undefined };
    await destroyKey({ ...vault.rotateDeps, keyMaker, telemetry }, slot);
    const claims = await receiptsOf(vault);
    expect(claims).toMatchObject([{ type: 'daykey-key-gone-receipt', keyArn: slot.keyArn }]);
    expect(claims[0]).not.toHaveProperty('destructionReceiptSha256');
    expect((await vault.ring()).slots[0]?.state).toBe('destroyed');
    expect(notes).toEqual([
      { message: 'a key was already gone, so it has no first receipt', holder: vault.app, slot: slot.slot },
    ]);
    expect(telemetry.total('KeysDestroyed')).toBe(1);
  });

  test('comes without a note, and is counted once', async () => {
    const { vault, slot } = await pastT2();
    vault.advance(slot.decryptUntilS - vault.nowS());
    await destroyKey(vault.rotateDeps, slot);
    expect(vault.telemetry.notes).toEqual([]);
    expect(vault.telemetry.total('KeysDestroyed')).toBe(1);
  });

  test('names the key that signed it', async () => {
    const { vault, slot } = await pastT2();
    vault.advance(slot.decryptUntilS - vault.nowS());
    await destroyKey(vault.rotateDeps, slot);
    const [header = ''] = present((await vault.rotateDeps.ledger.receipts({ app: vault.app }))[0]).split('.');
    const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString());
    expect(kid).toBe(vault.rotateDeps.signer.keyArn);
  });
});

describe('the second receipt of a destroyed key', () => {
  /** The vault once the first key is destroyed by its rotator, at T2. */
  async function destroyed() {
    const { vault, slot } = await pastT2();
    vault.advance(slot.decryptUntilS - vault.nowS());
    await vault.rotate();
    return { vault, slot };
  }

  test('is filed when KMS says that the key is gone, and binds the first one', async () => {
    const { vault, slot } = await destroyed();
    const [first = ''] = await vault.ledger.receipts({ app: vault.app });
    vault.advance(8 * DAY_S);
    await vault.rotate();
    const signed = (await vault.ledger.receipts({ app: vault.app }))[1] ?? '';
    const { publicKey } = vault.rotateDeps.signer as ReturnType<typeof memoryReceiptSigner>;
    expect(await verifyReceipt(signed, publicKey)).toEqual({
      type: 'daykey-key-gone-receipt',
      version: 1,
      stack: 'Daykey',
      app: vault.app,
      slot: slot.slot,
      keyArn: slot.keyArn,
      keyNotFoundAt: instant(vault.nowS()),
      destructionReceiptSha256: createHash('sha256').update(first).digest('hex'),
    });
    expect((await vault.ring()).slots.map(({ slot: id }) => id)).not.toContain(slot.slot);
    expect(vault.telemetry.notes).toEqual([]);
  });

  test('is filed for a key that vanishes while its deletion is scheduled again', async () => {
    const { vault, slot } = await destroyed();
    const keyMaker = { isGone: async () => false, destroy: async () => undefined };
    await confirmGone({ ...vault.rotateDeps, keyMaker }, slot);
    expect((await receiptsOf(vault)).filter(({ slot: id }) => id === slot.slot)).toHaveLength(2);
    expect((await vault.ring()).slots.map(({ slot: id }) => id)).not.toContain(slot.slot);
  });

  test('is not filed before, while KMS may still delete the key', async () => {
    const { vault, slot } = await destroyed();
    vault.advance(8 * DAY_S - 1);
    const asked = vault.kms.calls.DescribeKey;
    await vault.rotate();
    expect((await receiptsOf(vault)).filter(({ slot: id }) => id === slot.slot)).toHaveLength(1);
    expect((await vault.ring()).slots.map(({ slot: id }) => id)).toContain(slot.slot);
    // It costs no call until then, beside the ones that look after the live keys.
    expect(vault.kms.calls.DescribeKey - asked).toBeLessThanOrEqual(1);
  });

  test('of a key whose deletion was cancelled is not filed: its deletion is scheduled again, and noted', async () => {
    const { vault, slot } = await destroyed();
    await vault.kms.operate('CancelKeyDeletion', slot.keyArn);
    vault.advance(8 * DAY_S);
    await vault.rotate();
    expect(vault.kms.stateOf(slot.keyArn)).toBe('PendingDeletion');
    expect(vault.telemetry.notes).toContain('a key is still there after its deletion was due');
    expect((await receiptsOf(vault)).filter(({ slot: id }) => id === slot.slot)).toHaveLength(1);
    vault.advance(8 * DAY_S);
    await vault.rotate();
    expect((await receiptsOf(vault)).filter(({ slot: id }) => id === slot.slot)).toHaveLength(2);
  });

  test('is filed before the slot is forgotten, so that a crash in between loses none', async () => {
    const { vault, slot } = await destroyed();
    vault.advance(8 * DAY_S);
    const ledger = { ...vault.ledger, fileKeyGone: () => Promise.reject(new Error('throttled')) };
    await expect(confirmGone({ ...vault.rotateDeps, ledger }, slot)).rejects.toThrow('throttled');
    expect((await vault.ring()).slots.map(({ slot: id }) => id)).toContain(slot.slot);
    await confirmGone(vault.rotateDeps, slot);
    await confirmGone(vault.rotateDeps, slot);
    expect((await receiptsOf(vault)).filter(({ slot: id }) => id === slot.slot)).toHaveLength(2);
  });

  test('comes for the keys of a retired app too', async () => {
    const vault = await memoryVault();
    const slot = present((await vault.ring()).slots[0]);
    await vault.retire(vault.app);
    // The dates of the key still hold: nothing but its retirement may delete it before T2.
    vault.advance(slot.decryptUntilS - vault.nowS() + 8 * DAY_S);
    await vault.rotate();
    expect((await receiptsOf(vault)).map(({ type }) => type)).toEqual([
      'daykey-destruction-receipt',
      'daykey-key-gone-receipt',
    ]);
    expect((await vault.ring()).slots).toEqual([]);
  });
});

/** What the filed receipts say, all of which hold. */
async function receiptsOf(vault: MemoryVault): Promise<AnyReceipt[]> {
  const { publicKey } = vault.rotateDeps.signer as ReturnType<typeof memoryReceiptSigner>;
  const filed = await vault.ledger.receipts({ app: vault.app });
  return await Promise.all(filed.map(async (signed) => present(await verifyReceipt(signed, publicKey))));
}

describe('the bundles that a receipt calls left', () => {
  /** What the receipt says when a shard holds these rows, and which rows were asked for. */
  async function bundlesLeft(pages: (slot: RingSlot) => readonly (readonly Due[])[]) {
    const { vault, slot } = await pastT2();
    vault.advance(slot.decryptUntilS - vault.nowS());
    const asked: number[][] = [];
    const reaper = {
      async *due(...args: [shard: number, nowS: number]) {
        asked.push(args);
        if (args[0] === 3) yield* pages(slot);
      },
    };
    await destroyKey({ ...vault.rotateDeps, reaper }, slot);
    const [, claims = ''] = present((await vault.rotateDeps.ledger.receipts({ app: vault.app }))[0]).split('.');
    return { asked, slot, bundles: JSON.parse(Buffer.from(claims, 'base64url').toString()).bundles };
  }
  const bundle = (app: string, slot: number): Due => ({
    kind: 'bundle',
    shard: 3,
    row: '',
    app,
    pool: 'own',
    slot,
    dueAtS: 1,
  });

  test('are looked for in every shard, up to the last expiry that the slot allows', async () => {
    const { asked, slot } = await bundlesLeft(() => []);
    const lastExpiryS = slot.decryptUntilS - slot.marginS;
    expect(asked).toEqual(Array.from({ length: 64 }, (_, shard) => [shard, lastExpiryS]));
  });

  test('are those of the slot, without other apps, other slots, notes of erasures and rows that cannot be read', async () => {
    const { bundles } = await bundlesLeft(({ slot }) => [
      [bundle('shop', slot), bundle('other', slot), bundle('shop', slot + 1)],
      [{ kind: 'erasure', shard: 3, row: '', app: 'shop', dueAtS: 1, subjectTag: 'a-tag' }],
      [{ kind: 'unreadable', shard: 3, row: '', dueAtS: 1 }, bundle('shop', slot)],
    ]);
    expect(bundles).toEqual({ swept: 0, erased: 0, left: 2 });
  });

  test('are not stated where a shard holds more than 1,000 rows', async () => {
    const pages = (length: number) => [Array.from({ length }, () => bundle('other', 1)), []];
    expect((await bundlesLeft(() => pages(1000))).bundles).toEqual({ swept: 0, erased: 0, left: 0 });
    expect((await bundlesLeft(() => pages(1001))).bundles).toEqual({ swept: 0, erased: 0 });
  });
});

function instant(atS: number): string {
  return new Date(atS * 1000).toISOString().replace('.000Z', 'Z');
}
