// Makes the golden vectors of format version 2: node test/vectors/make-vectors.ts [--overwrite]
//
// Run once for a format version. From then on the files are the format: a change that alters them is a new version with
// new files, so nothing is overwritten without --overwrite. All random bytes come from SHAKE-256 of the names
// below, so a second run gives the same bytes.

import { createHash } from 'node:crypto';
import { existsSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { aesKey, gcmSeal } from '../../vault/domain/envelope/aes-gcm.ts';
import { appHalf, sealUnderHalf } from '../../vault/domain/envelope/app-half.ts';
import { associatedData, CONTENT_BLOB_KEY } from '../../vault/domain/envelope/associated-data.ts';
import { attachProof } from '../../vault/domain/envelope/attach-proof.ts';
import { blobContext, blobKeyText } from '../../vault/domain/envelope/blob-key.ts';
import { type BundlePlace, bundleEntropyBytes, sealBundle, subjectTag } from '../../vault/domain/envelope/bundle.ts';
import { wrapContext } from '../../vault/domain/envelope/context.ts';
import { deriveFromDek, hkdfExpand, hkdfExtract } from '../../vault/domain/envelope/derive.ts';
import { padded } from '../../vault/domain/envelope/padding.ts';
import { bundleIdIn, MAX_EXPIRY_S } from '../../vault/domain/envelope/ref.ts';
import { type Buckets, bucketAt, bucketsFor } from '../../vault/domain/kek-life/bucket.ts';
import { type KeyPool, keyHolder } from '../../vault/domain/kek-life/holder.ts';
import { CHUNK_BYTES, newMessage, sealing } from '../../wire/cobblestone.ts';
import {
  bytesFrom,
  fieldOf,
  A_PLACE as PLACE,
  present,
  type SealedCase,
  upTo,
  withBitFlipped,
} from '../support/envelope.ts';
import { sealedUnderTwoKeys } from '../support/envelope-two-keys.ts';
import type {
  BlobVectors,
  ContextVectors,
  HalfVectors,
  OpensVector,
  RefusedCase,
  RefusedVectors,
  SubjectVectors,
  VectorFile,
} from '../support/envelope-vectors.ts';

/** Every vector file of format version 2, by name. */
export function vectorFiles(): Record<string, VectorFile> {
  return {
    'opens-one-field.json': opens('one short text', ['"ada@example.com"']),
    'opens-three-fields.json': opens('three fields', ['"Ada"', '"ada@example.com"', '"+44 20 7946 0000"']),
    'opens-empty-string.json': opens('the empty string', ['""']),
    'opens-nested-json.json': opens('nested JSON of every kind', [
      '{"a":[1,-2.5e-7,true,false,null,{"b":{"":[]}}],"c":"d"}',
    ]),
    'opens-white-space.json': opens('JSON text comes back character by character', [' { "b" : 1 ,\n "a" : 1.0 } ']),
    'opens-unicode.json': opens(
      'text in many scripts, escaped and not',
      ['"Zoë 日本語 🗝️ \\u0000 \\ud83d\\ude00 ★★★★★"'],
      { ...PLACE, app: 'büro-日本' },
    ),
    'opens-padding-boundaries.json': opens(
      'texts around a multiple of 32 bytes',
      [30, 31, 32, 33, 62, 63, 64].map((bytes) => JSON.stringify('x'.repeat(bytes - 2))),
    ),
    'opens-64-fields.json': opens(
      'as many fields as a bundle has',
      upTo(64).map((n) => `{"n":${n}}`),
    ),
    'opens-far-times.json': opens('slot 0, the last second that is a whole number, and the last expiry', ['0'], {
      app: 'a',
      pool: 'own',
      slot: 0,
      createdAtS: Number.MAX_SAFE_INTEGER,
      expiresAtS: MAX_EXPIRY_S,
    }),
    'opens-pooled.json': opens('an app that shares the keys of a pool', ['"Ada"', '7'], { ...PLACE, pool: 12 }),
    'refused-ref.json': refused('texts that are no refs, whatever is stored', badRefs()),
    'refused-place.json': refused('fields that were moved or got other dates', badPlaces()),
    'refused-possession.json': refused('refs that do not belong to the stored field', badPossessions()),
    'refused-sealed-field.json': refused('sealed fields that were changed', badSealedFields()),
    'refused-inner-wrap.json': refused('inner wraps that were changed or belong to others', badInnerWraps()),
    'refused-commitment.json': refused('sealed fields whose commitment names another DEK', badCommitments()),
    'refused-padding.json': refused('values that were sealed correctly but padded wrongly', badPaddings()),
    'refused-layer.json': refused('bytes of one layer or version in place of another', badLayers()),
    'blobs.json': blobs(),
    'encryption-contexts.json': contexts(),
    'subject-tags.json': subjectTags(),
    'app-halves.json': appHalves(),
  };
}

function blobs(): BlobVectors {
  const cases = [0, 5, CHUNK_BYTES, CHUNK_BYTES + 1].map((bytes) => {
    const [key, salt, tagSalt] = [
      bytesFrom('a blob key', 32),
      bytesFrom(`salt ${bytes}`, 24),
      bytesFrom('tag salt', 32),
    ];
    const generation = bytesFrom('a generation', 16).toString('base64url');
    const entropy = bytesFrom(`a blob of ${bytes}`, bundleEntropyBytes(1));
    const bundle = sealBundle(PLACE, [blobKeyText({ key, bytes })], Buffer.from(entropy), CONTENT_BLOB_KEY);
    const ref = present(bundle.refs[0]);
    const context = blobContext(PLACE.app, bundle.refId, 0);
    const plaintext = Buffer.alloc(bytes, 'a picture');
    const chunks = sealing(newMessage(key, salt, context));
    const message = Buffer.concat([...chunks.push(plaintext), ...chunks.end()]);
    return {
      place: PLACE,
      entropy: entropy.toString('hex'),
      key: key.toString('hex'),
      bytes,
      sealedField: present(bundle.sealedFields[0]).toString('hex'),
      innerWraps: bundle.innerWraps.toString('hex'),
      ref,
      context: context.toString('hex'),
      salt: salt.toString('hex'),
      plaintext: digestOf(plaintext),
      message: digestOf(message),
      integration: 'web',
      generation,
      tagSalt: tagSalt.toString('hex'),
      proof: attachProof(PLACE.slot, tagSalt, { app: PLACE.app, integration: 'web', generation, ref }),
    };
  });
  return { about: 'keys of blobs; plaintext and message as SHA-256 of their bytes', expect: 'blobs', cases };
}

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function opens(about: string, jsons: string[], place: BundlePlace = PLACE): OpensVector {
  const entropy = bytesFrom(about, bundleEntropyBytes(jsons.length));
  const bundle = sealBundle(place, jsons, Buffer.from(entropy));
  return {
    about,
    expect: 'opens',
    place,
    entropy: entropy.toString('hex'),
    refId: bundle.refId.toString('hex'),
    innerWraps: bundle.innerWraps.toString('hex'),
    fields: jsons.map((json, index) => ({
      json,
      sealedField: present(bundle.sealedFields[index]).toString('hex'),
      ref: present(bundle.refs[index]),
    })),
  };
}

type BadCase = Partial<Omit<RefusedCase, 'sealedField' | 'innerWraps'>> & {
  why: string;
  sealedField?: Buffer;
  innerWraps?: Buffer;
};

const JSON_TEXT = '"ada@example.com"';
const bundle = sealBundle(PLACE, [JSON_TEXT, '"Ada"'], bytesFrom('refused', bundleEntropyBytes(2)));
const field = fieldOf(bundle);
const neighbour = fieldOf(bundle, 1);
const refBytes = Buffer.from(field.text.slice(4), 'base64url');

/** Each case is field 0 of one good bundle of two, except for what it changes. */
function refused(about: string, cases: BadCase[]): RefusedVectors {
  return {
    about,
    expect: 'refused',
    cases: cases.map(({ why, by = 'opening', place = PLACE, innerWraps, sealedField, ref = field.text }) => ({
      why,
      expect: 'refused',
      by,
      place,
      innerWraps: (innerWraps ?? bundle.innerWraps).toString('hex'),
      sealedField: (sealedField ?? field.stored).toString('hex'),
      ref,
    })),
  };
}

function badRefs(): BadCase[] {
  const { text } = field;
  const spellings: [why: string, ref: string][] = [
    ['nothing', ''],
    ['only the prefix', 'dk2_'],
    ['no prefix', text.slice(4)],
    ['another prefix', text.replace('dk2_', 'dk1_')],
    ['a prefix in capitals', text.replace('dk2_', 'DK2_')],
    ['one character less', text.slice(0, -1)],
    ['one character more', `${text}A`],
    ['base64 padding after it', `${text}=`],
    ['base64 padding in place of the last character', `${text.slice(0, -1)}=`],
    ['a line feed after it', `${text}\n`],
    ['a space before it', ` ${text}`],
    ['a space within', `${text.slice(0, 40)} ${text.slice(41)}`],
    ['a plus sign of standard base64', `${text.slice(0, 40)}+${text.slice(41)}`],
    ['a slash of standard base64', `${text.slice(0, 40)}/${text.slice(41)}`],
    ['a Cyrillic look-alike', `${text.slice(0, 40)}\u0430${text.slice(41)}`],
    ['a full-width look-alike', `${text.slice(0, 40)}\uff21${text.slice(41)}`],
    ['one character changed', `${text.slice(0, 40)}${text[40] === 'A' ? 'B' : 'A'}${text.slice(41)}`],
    ['two characters swapped', text.slice(0, 10) + text[11] + text[10] + text.slice(12)],
    ['version 0, checksum right', refWith(0, 0)],
    ['version 1, checksum right', refWith(0, 1)],
    ['version 3, checksum right', refWith(0, 3)],
    ['the lower spare bit set, checksum right', refWith(1, 0x40)],
    ['the upper spare bit set, checksum right', refWith(1, 0x80)],
    ['both spare bits set, checksum right', refWith(1, 0xc0)],
    ['a checksum without the prefix', `dk2_${checked(refBytes.subarray(0, 53), '').toString('base64url')}`],
    ['a checksum of zeros', `dk2_${Buffer.concat([refBytes.subarray(0, 53), Buffer.alloc(4)]).toString('base64url')}`],
  ];
  return spellings.map(([why, ref]) => ({ why, by: 'ref', ref }));
}

function badPlaces(): BadCase[] {
  const { slot, createdAtS, expiresAtS } = PLACE;
  return [
    { why: 'another app', place: { ...PLACE, app: 'support-bot-2' } },
    { why: 'no app', place: { ...PLACE, app: '' } },
    { why: 'a pool in place of own keys', place: { ...PLACE, pool: 0 } },
    { why: 'the slot before', place: { ...PLACE, slot: slot - 86_400 } },
    { why: 'created one second later', place: { ...PLACE, createdAtS: createdAtS + 1 } },
    { why: 'slot and creation swapped', place: { ...PLACE, slot: createdAtS, createdAtS: slot } },
    { why: 'a stored expiry one second later than the ref', place: { ...PLACE, expiresAtS: expiresAtS + 1 } },
    { why: 'a stored expiry one second earlier than the ref', place: { ...PLACE, expiresAtS: expiresAtS - 1 } },
  ];
}

function badPossessions(): BadCase[] {
  const later = Buffer.alloc(4);
  later.writeUInt32BE(PLACE.expiresAtS + 1);
  const cases: BadCase[] = [
    { why: 'the index of the neighbour', ref: refWith(1, 1) },
    { why: 'the index of the neighbour, on its field', ref: refWith(1, 1), sealedField: neighbour.stored },
    { why: 'an index after the last field', ref: refWith(1, 2) },
    {
      why: 'an expiry one second later, in the ref and in the bundle',
      ref: refWith(2, later),
      place: { ...PLACE, expiresAtS: PLACE.expiresAtS + 1 },
    },
    { why: 'another bundle ID', ref: refWith(6, refBytes.readUInt8(6) ^ 1) },
    { why: 'another ref KEK', ref: refWith(21, refBytes.readUInt8(21) ^ 1) },
    { why: 'a ref KEK of zeros', ref: refWith(21, Buffer.alloc(32)) },
    { why: 'the ref of the neighbour', ref: neighbour.text },
    { why: 'the sealed field of the neighbour', sealedField: neighbour.stored },
    { why: 'one bit of the stored tag, the first', sealedField: withBitFlipped(field.stored, 0) },
    { why: 'one bit of the stored tag, the last', sealedField: withBitFlipped(field.stored, 127) },
    ...[0, 1, 15].map((length) => ({ why: `cut to ${length} bytes`, sealedField: field.stored.subarray(0, length) })),
    { why: 'the first byte missing', sealedField: field.stored.subarray(1) },
    { why: 'zeros', sealedField: Buffer.alloc(field.stored.length) },
  ];
  return cases.map((it) => ({ ...it, by: 'possession' }));
}

function badSealedFields(): BadCase[] {
  const { stored } = field;
  const flipped: [part: string, at: number][] = [
    ['content type', 16],
    ['commitment', 17],
    ['nonce', 49],
    ['ciphertext', 61],
    ['tag', stored.length - 1],
  ];
  return [
    ...flipped.map(([part, at]) => ({
      why: `one bit of the ${part}`,
      sealedField: withBitFlipped(stored, 8 * at),
    })),
    ...[16, 17, 48, 49, 61, 76, 77, stored.length - 1].map((length) => ({
      why: `cut to ${length} bytes`,
      sealedField: stored.subarray(0, length),
    })),
    { why: 'one byte more', sealedField: Buffer.concat([stored, Buffer.of(0)]) },
    { why: 'zeros after the possession tag', sealedField: afterTag(Buffer.alloc(stored.length - 16)) },
  ];
}

function badInnerWraps(): BadCase[] {
  const { innerWrap } = field;
  const flipped: [part: string, at: number][] = [
    ['nonce', 0],
    ['ciphertext', 12],
    ['tag', 59],
  ];
  const of = (first: Buffer) => Buffer.concat([first, neighbour.innerWrap]);
  return [
    ...flipped.map(([part, at]) => ({
      why: `one bit of the ${part}`,
      innerWraps: of(withBitFlipped(innerWrap, 8 * at)),
    })),
    ...[0, 12, 28, 59].map((length) => ({ why: `cut to ${length} bytes`, innerWraps: innerWrap.subarray(0, length) })),
    { why: 'in the wrong order', innerWraps: Buffer.concat([neighbour.innerWrap, innerWrap]) },
    { why: 'shifted by one byte', innerWraps: Buffer.concat([Buffer.of(0), bundle.innerWraps]) },
    { why: 'the right DEK under another wrap key', innerWraps: of(wrap(dekOf(0), bytesFrom('another wrap key', 32))) },
    { why: 'the right DEK under the ref KEK itself', innerWraps: of(wrap(dekOf(0), field.ref.refKek)) },
    { why: 'another DEK under the right wrap key', innerWraps: of(wrap(bytesFrom('another DEK', 32))) },
  ];
}

function badCommitments(): BadCase[] {
  const [first, second] = ['one DEK', 'another DEK'].map((name) => {
    const dek = bytesFrom(name, 32);
    return { ...deriveFromDek(dek, field.place.refId), innerWraps: wrap(dek) };
  });
  const [one, other] = [present(first), present(second)];
  const data = associatedData('daykey/v2/value', field.place);
  const nonce = bytesFrom('nonce', 12);
  const correctly = gcmSeal(aesKey(other.key), nonce, padded(JSON_TEXT), data);
  const twice = sealedUnderTwoKeys([one.key, other.key], nonce, padded(JSON.stringify('x'.repeat(90))), 1, data);
  return [
    {
      why: 'sealed correctly under this DEK, with the commitment of another',
      sealedField: afterTag(Buffer.of(1), one.commitment, correctly),
      innerWraps: other.innerWraps,
    },
    {
      why: 'a ciphertext that AES-GCM opens under two keys, with the commitment of the other',
      sealedField: afterTag(Buffer.of(1), one.commitment, twice),
      innerWraps: other.innerWraps,
    },
    {
      why: 'sealed correctly, with a commitment of zeros',
      sealedField: afterTag(Buffer.of(1), Buffer.alloc(32), correctly),
      innerWraps: other.innerWraps,
    },
  ];
}

function badPaddings(): BadCase[] {
  const text = Buffer.from(JSON_TEXT);
  const upTo32 = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(32 - bytes.length)]);
  const plaintexts: [why: string, plaintext: Buffer][] = [
    ['no bytes', Buffer.alloc(0)],
    ['only zeros', Buffer.alloc(32)],
    ['no mark', upTo32(text)],
    ['another mark', upTo32(Buffer.concat([text, Buffer.of(0x81)]))],
    ['not padded', text],
    ['a mark and no zeros', Buffer.concat([text, Buffer.of(0x80)])],
    ['a one among the zeros', Buffer.concat([padded(JSON_TEXT).subarray(0, 31), Buffer.of(1)])],
    ['one zero too many', Buffer.concat([padded(JSON_TEXT), Buffer.alloc(1)])],
    ['a block of zeros too many', Buffer.concat([padded(JSON_TEXT), Buffer.alloc(32)])],
  ];
  return plaintexts.map(([why, plaintext]) => ({ why, sealedField: sealedWith({ plaintext }) }));
}

function badLayers(): BadCase[] {
  const value = associatedData('daykey/v2/value', field.place);
  const dek = associatedData('daykey/v2/dek', field.place);
  const withByte = (data: Buffer, at: number, byte: number) => {
    const out = Buffer.from(data);
    out.writeUInt8(byte, at);
    return out;
  };
  return [
    { why: 'a value sealed with the associated data of the inner wrap', sealedField: sealedWith({ data: dek }) },
    { why: 'a value sealed without associated data', sealedField: sealedWith({ data: Buffer.alloc(0) }) },
    { why: 'a value of format version 1', sealedField: sealedWith({ data: withByte(value, 17, 1) }) },
    { why: 'a value of suite 2', sealedField: sealedWith({ data: withByte(value, 18, 2) }) },
    { why: 'a value of content type 2', sealedField: sealedWith({ data: withByte(value, 19, 2) }) },
    {
      why: 'a value labelled as of version 1',
      sealedField: sealedWith({ data: Buffer.from(value.toString('latin1').replace('v2', 'v1'), 'latin1') }),
    },
    { why: 'a value under the DEK itself', sealedField: sealedWith({ key: dekOf(0) }) },
    {
      why: 'an inner wrap with the associated data of the value',
      innerWraps: Buffer.concat([wrap(dekOf(0), field.secrets.wrapKey, value), neighbour.innerWrap]),
    },
    {
      why: 'an inner wrap without associated data',
      innerWraps: Buffer.concat([wrap(dekOf(0), field.secrets.wrapKey, Buffer.alloc(0)), neighbour.innerWrap]),
    },
    {
      why: 'an inner wrap under a key derived without the index',
      innerWraps: Buffer.concat([wrap(dekOf(0), withoutIndex()), neighbour.innerWrap]),
    },
  ];
}

/** A sealed field as field 0 should be, except for what is given. */
function sealedWith(by: { key?: Buffer; plaintext?: Buffer; data?: Buffer }): Buffer {
  const { key, commitment } = deriveFromDek(dekOf(0), field.place.refId);
  const { plaintext = padded(JSON_TEXT), data = associatedData('daykey/v2/value', field.place) } = by;
  const sealed = gcmSeal(aesKey(by.key ?? key), bytesFrom('nonce', 12), plaintext, data);
  return afterTag(Buffer.of(1), commitment, sealed);
}

/** The possession tag of field 0 and what else is stored. */
function afterTag(...parts: Buffer[]): Buffer {
  return Buffer.concat([field.secrets.possessionTag, ...parts]);
}

function withoutIndex(): Buffer {
  return hkdfExpand(hkdfExtract(field.ref.refId, field.ref.refKek), Buffer.from('daykey/v2/ref'), 32);
}

function wrap(dek: Buffer, key = field.secrets.wrapKey, data = associatedData('daykey/v2/dek', field.place)): Buffer {
  return gcmSeal(aesKey(key), bytesFrom('wrap nonce', 12), dek, data);
}

function dekOf(index: SealedCase['place']['index']): Buffer {
  return bytesFrom('refused', bundleEntropyBytes(2)).subarray(15 + 88 * index, 47 + 88 * index);
}

/** The ref with bytes of its body changed and the checksum made right again. */
function refWith(at: number, bytes: number | Buffer): string {
  const body = Buffer.from(refBytes.subarray(0, 53));
  body.set(typeof bytes === 'number' ? [bytes] : bytes, at);
  return `dk2_${checked(body, 'dk2_').toString('base64url')}`;
}

function checked(body: Buffer, prefix: string): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body, crc32(prefix)));
  return Buffer.concat([body, checksum]);
}

function contexts(): ContextVectors {
  const { app, slot } = PLACE;
  const hour = 3600;
  // Start of the slot, its latest expiry, and expiries in it and around it.
  const windows: [about: string, latestExpiryS: number, expiries: number[]][] = [
    ['the default settings', slot + 48.25 * hour, [0, 1, 1859, 1860, 86_400, 48.25 * hour]],
    ['a maximum of 7 days', slot + (24.25 + 168) * hour, [60, 604_800, 192.25 * hour]],
    ['exactly 96 minutes', slot + 96 * 60, [95 * 60, 96 * 60]],
    ['one minute', slot + 60, [59, 60]],
  ];
  const pools: KeyPool[] = ['own', 12];
  return {
    about: 'widths, buckets and encryption contexts; without a context where the slot has no such bucket',
    expect: 'contexts',
    cases: pools.flatMap((pool) =>
      windows.flatMap(([about, latestExpiryS, offsets]) => {
        const buckets: Buckets = { slot, ...bucketsFor(slot, latestExpiryS) };
        const end = buckets.bucketCount * buckets.bucketWidthS;
        return [...offsets, -1, end - 1, end].map((offset) => {
          const bucket = bucketAt(buckets, slot + offset);
          const id = bundleIdIn(bundle.refId);
          return {
            about,
            latestExpiryS,
            buckets,
            app,
            pool,
            bundleId: id,
            expiresAtS: slot + offset,
            context: bucket === undefined ? null : wrapContext(app, { holder: keyHolder(app, pool), slot }, id, bucket),
          };
        });
      }),
    ),
  };
}

function subjectTags(): SubjectVectors {
  const salt = bytesFrom('salt', 32);
  return {
    about: 'subject tags',
    expect: 'tags',
    cases: ['thread-42', 'büro/日本', ''].map((subject) => ({
      salt: salt.toString('hex'),
      subject,
      tag: subjectTag(salt, subject).toString('hex'),
    })),
  };
}

function appHalves(): HalfVectors {
  const [secret, salt, nonce] = [bytesFrom('secret', 32), bytesFrom('salt', 32), bytesFrom('nonce', 12)];
  return {
    about: "an app's half of a pool's app KEK: its tag salt, and inner wraps before KMS wraps them",
    expect: 'halves',
    cases: [
      { app: 'support-bot', slot: PLACE.slot, holder: { pool: 12 } },
      { app: 'support-bot-2', slot: PLACE.slot, holder: { pool: 12 } },
      { app: 'support-bot', slot: PLACE.slot + 86_400, holder: { pool: 12 } },
      { app: 'a', slot: 0, holder: { pool: 0 } },
    ].map(({ app, ...it }) => {
      const half = appHalf(app, it.slot, secret, salt);
      const context = wrapContext(app, it, bundleIdIn(bundle.refId), 46);
      return {
        app,
        slot: it.slot,
        secret: secret.toString('hex'),
        salt: salt.toString('hex'),
        tagSalt: half.tagSalt.toString('hex'),
        context,
        nonce: nonce.toString('hex'),
        innerWraps: bundle.innerWraps.toString('hex'),
        sealed: sealUnderHalf(half, context, nonce, bundle.innerWraps).toString('hex'),
      };
    }),
  };
}

function main(overwrite: boolean): number {
  const files = Object.entries(vectorFiles()).map(([name, content]) => ({
    url: new URL(name, import.meta.url),
    content,
  }));
  const existing = files.filter(({ url }) => existsSync(url));
  if (existing.length > 0 && !overwrite) {
    console.error(`${existing.length} vector files exist; they are the format. To replace them: --overwrite`);
    return 1;
  }
  for (const { url, content } of files) writeFileSync(url, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`${files.length} vector files written`);
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.includes('--overwrite'));
