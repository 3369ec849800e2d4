// Attackers who have copied every table, and try what they have copied on one of the values.

import { expect, test } from 'vitest';
import { bundleItem } from '../../lambda/dynamo/bundle-item.ts';
import { pointerItem } from '../../lambda/dynamo/pointers.ts';
import { hashApiToken } from '../../vault/domain/api-token.ts';
import { aesKey, gcmOpen } from '../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../vault/domain/envelope/associated-data.ts';
import { subjectTag } from '../../vault/domain/envelope/bundle.ts';
import { deriveFromDek, deriveFromRefKek } from '../../vault/domain/envelope/derive.ts';
import type { BundleHeader, StoredBundle } from '../../vault/ports/bundle-store.ts';
import { present } from '../support/envelope.ts';
import { type MemoryVault, memoryVault } from '../support/memory-vault.ts';
import { behind, innerWrapFromKms } from './behind.ts';
import { textsOpenedWith } from './key-search.ts';

const VALUE = 'maya@example.org';
const TEXT = JSON.stringify(VALUE);

type SeenVault = Awaited<ReturnType<typeof seenVault>>;

/** A vault, and what is written to its table. */
async function seenVault() {
  const inserted: StoredBundle[] = [];
  const pointers: [subjectTag: string, bundle: BundleHeader][] = [];
  const vault = await memoryVault({
    before: {
      bundles: (real) => ({
        ...real,
        async insert(bundle) {
          inserted.push(bundle);
          await real.insert(bundle);
        },
        async point(subjectTag, bundle) {
          pointers.push([subjectTag, bundle]);
          await real.point(subjectTag, bundle);
        },
      }),
    },
  });
  return { ...vault, inserted, pointers };
}

/** A vault with traffic in it, and the ref that the thief is after. */
async function busyVault() {
  const vault = await seenVault();
  const { refs } = await vault.encrypt('web', { email: VALUE, phone: '+1 555 0100' }, { subject: 'maya' });
  const { refs: others } = await vault.encrypt('bot', { note: 'asks for a refund' }, { subject: 'maya' });
  await vault.decrypt('desk', { ...refs, ...others });
  const neighbours = [refs.phone, others.note].map(present);
  return { vault, found: await behind(vault, present(refs.email)), neighbours };
}

/** Every stored attribute of every row: texts as their bytes, and as what they spell in base64url. */
async function dumpOf(vault: SeenVault): Promise<Buffer[]> {
  const { settings, slots } = await vault.ring();
  const rows: unknown[] = [settings, ...slots, hashApiToken(vault.authorizationOf('desk').slice('Bearer '.length))];
  rows.push(...vault.inserted.map(bundleItem), ...vault.pointers.map(([tag, bundle]) => pointerItem(tag, bundle)));
  for await (const intent of vault.auditTrail.intents(vault.app, 0, Number.MAX_SAFE_INTEGER)) rows.push(intent);
  return rows.flatMap(piecesOf);
}

function piecesOf(value: unknown): Buffer[] {
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  if (typeof value === 'string') return [Buffer.from(value), Buffer.from(value, 'base64url')];
  if (typeof value !== 'object' || value === null) return [Buffer.from(String(value))];
  return Object.values(value).flatMap(piecesOf);
}

test('no 32 bytes of a dump are a key: not of the value, not of a DEK, and with every ref they open no inner wrap', async () => {
  const { vault, found, neighbours } = await busyVault();
  const dump = await dumpOf(vault);
  const refKeks = [found.ref.refKek, ...(await Promise.all(neighbours.map((token) => refKekOf(vault, token))))];
  expect(dump.some((piece) => piece.equals(found.bundle.wrapped))).toBe(true);
  expect(dump.some((piece) => piece.equals(found.stored))).toBe(true);
  expect(textsOpenedWith({ bytes: dump, refKeks }, found)).toEqual([]);

  // The same search, once KMS has answered: that is what was missing.
  const innerWrap = await innerWrapFromKms(vault, found);
  expect(textsOpenedWith({ bytes: dump, refKeks, innerWraps: [innerWrap] }, found)).toEqual([TEXT]);
  const { wrapKey } = deriveFromRefKek(found.ref.refKek, found.ref.refId, found.ref.index);
  const dek = present(gcmOpen(aesKey(wrapKey), innerWrap, associatedData('daykey/v2/dek', found.place)));
  const { key } = deriveFromDek(dek, found.place.refId);
  for (const secret of [innerWrap, dek, key]) {
    const planted = [...dump, Buffer.concat([Buffer.from('..'), secret, Buffer.from('.')])];
    expect(textsOpenedWith({ bytes: planted, refKeks }, found)).toEqual([TEXT]);
  }
});

test('a dump and all that KMS says of it open nothing without the ref, whatever other refs the thief has', async () => {
  const { vault, found, neighbours } = await busyVault();
  const bytes = await dumpOf(vault);
  const innerWraps = [await innerWrapFromKms(vault, found)];
  const refKeks = await Promise.all(neighbours.map((token) => refKekOf(vault, token)));
  expect(textsOpenedWith({ bytes, innerWraps, refKeks }, found)).toEqual([]);
  expect(textsOpenedWith({ bytes, innerWraps, refKeks: [found.ref.refKek] }, found)).toEqual([TEXT]);
});

async function refKekOf(vault: MemoryVault, token: string): Promise<Buffer> {
  return (await behind(vault, token)).ref.refKek;
}

test('a dump reveals a value’s length to 32 bytes, which bundles of a slot share a subject and whether a guess at it is right, and no more: equal values are not alike', async () => {
  const vault = await seenVault();
  const stored = async (value: string, subject?: string) => {
    const { refs } = await vault.encrypt('web', { value }, subject === undefined ? {} : { subject });
    const found = await behind(vault, present(refs.value));
    const [tag] = vault.pointers.find(([, { id }]) => id === found.bundle.id) ?? [];
    return { ...found, tag };
  };
  const lengthOf = async (characters: number) => (await stored('x'.repeat(characters))).stored.length;
  // 29 characters, two quotes and the byte that ends the text fill one step.
  const step = await lengthOf(0);
  for (const characters of [1, 16, 29]) expect(await lengthOf(characters)).toBe(step);
  for (const characters of [30, 61]) expect(await lengthOf(characters)).toBe(step + 32);

  const [one, again, other] = [await stored(VALUE, 'maya'), await stored(VALUE, 'maya'), await stored(VALUE, 'noor')];
  expect([again.tag === one.tag, other.tag === one.tag]).toEqual([true, false]);
  // Without the salt the vault table hides subjects. The ring holds the salt, and is in the same dump.
  const guessed = (name: string) => subjectTag(one.slot.salt, name).toString('base64url');
  expect([guessed('maya'), guessed('noor')]).toEqual([one.tag, other.tag]);
  for (let start = 1; start + 8 <= one.stored.length; start += 1) {
    expect(again.stored.includes(one.stored.subarray(start, start + 8))).toBe(false);
  }

  // The next slot has another salt, so the same subject has another name there.
  vault.advance(vault.settings.life.cycleS - 3600);
  await vault.rotate();
  vault.advance(3600);
  const tomorrow = await stored(VALUE, 'maya');
  expect([tomorrow.bundle.slot === one.bundle.slot, tomorrow.tag === one.tag]).toEqual([false, false]);
});
