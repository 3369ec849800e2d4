// Makes the golden vectors of format v1: node test/vectors/make-vectors.ts [--overwrite]
//
// Run once for a format version. The files are the format from then on: a change that alters them is a
// new version with files of its own, so nothing is overwritten without --overwrite. Everything random
// comes from SHAKE-256 of the names below, so a second run gives the same bytes.

import { existsSync, writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { aesKey, gcmSeal } from '../../vault/domain/envelope/aes-gcm.ts';
import { associatedData } from '../../vault/domain/envelope/associated-data.ts';
import { type BundlePlace, bundleEntropyBytes, sealBundle, subjectTag } from '../../vault/domain/envelope/bundle.ts';
import { deriveFromDek } from '../../vault/domain/envelope/derive.ts';
import { padded } from '../../vault/domain/envelope/padding.ts';
import { bytesFrom, fieldOf, present, type SealedCase, upTo, withBitFlipped } from '../support/envelope.ts';
import { sealedUnderTwoKeys } from '../support/envelope-two-keys.ts';
import type { OpensVector, RefusedCase, RefusedVectors, VectorFile } from '../support/envelope-vectors.ts';

const PLACE: BundlePlace = { app: 'support-bot', slot: 1_780_000_000, expiresAtS: 1_780_086_400 };
const SUBJECT = { salt: bytesFrom('salt', 32).toString('hex'), name: 'thread-42' };

/** Every vector file of format v1, by name. */
export function vectorFiles(): Record<string, VectorFile> {
  return {
    'opens-one-field.json': opens('one short text', ['"ada@example.com"']),
    'opens-three-fields-of-a-subject.json': opens(
      'three fields of a subject',
      ['"Ada"', '"ada@example.com"', '"+44 20 7946 0000"'],
      { subject: SUBJECT },
    ),
    'opens-empty-string.json': opens('the empty string', ['""']),
    'opens-nested-json.json': opens('nested JSON of every kind', [
      '{"a":[1,-2.5e-7,true,false,null,{"b":{"":[]}}],"c":"d"}',
    ]),
    'opens-white-space.json': opens('JSON text comes back letter by letter', [' { "b" : 1 ,\n "a" : 1.0 } ']),
    'opens-unicode.json': opens(
      'text in many scripts, escaped and not',
      ['"Zoë 日本語 🗝️ \\u0000 \\ud83d\\ude00 ★★★★★"'],
      { place: { ...PLACE, app: 'büro-日本' } },
    ),
    'opens-padding-boundaries.json': opens(
      'texts around a multiple of 32 bytes',
      [30, 31, 32, 33, 62, 63, 64].map((bytes) => JSON.stringify('x'.repeat(bytes - 2))),
    ),
    'opens-64-fields.json': opens(
      'as many fields as a bundle has',
      upTo(64).map((n) => `{"n":${n}}`),
    ),
    'opens-far-times.json': opens('slot 0 and the last second that is a whole number', ['0'], {
      place: { app: 'a', slot: 0, expiresAtS: Number.MAX_SAFE_INTEGER },
    }),
    'refused-token.json': refused('tokens that are none, whatever is stored', badTokens()),
    'refused-place.json': refused('fields that were moved or re-dated', badPlaces()),
    'refused-sealed-field.json': refused('sealed fields that were changed', badSealedFields()),
    'refused-inner-wrap.json': refused('inner wraps that were changed or are others', badInnerWraps()),
    'refused-commitment.json': refused('sealed fields whose commitment names another DEK', badCommitments()),
    'refused-padding.json': refused('values sealed rightly but padded wrongly', badPaddings()),
    'refused-layer.json': refused('bytes of one layer or version in place of another', badLayers()),
  };
}

interface OpensOptions {
  place?: BundlePlace;
  subject?: OpensVector['subject'];
}

function opens(about: string, jsons: string[], { place = PLACE, subject = null }: OpensOptions = {}): OpensVector {
  const entropy = bytesFrom(about, bundleEntropyBytes(jsons.length));
  const tag = subject ? subjectTag(Buffer.from(subject.salt, 'hex'), subject.name) : undefined;
  const bundle = sealBundle(place, jsons, tag, Buffer.from(entropy));
  return {
    about,
    expect: 'opens',
    place,
    subject,
    entropy: entropy.toString('hex'),
    refId: bundle.refId.toString('hex'),
    innerWraps: bundle.innerWraps.toString('hex'),
    fields: jsons.map((json, index) => ({
      json,
      sealedField: present(bundle.ciphertexts[index]).toString('hex'),
      token: present(bundle.tokens[index]),
    })),
  };
}

type BadCase = Partial<Omit<RefusedCase, 'sealedField' | 'innerWraps'>> & {
  why: string;
  sealedField?: Buffer;
  innerWraps?: Buffer;
};

const JSON_TEXT = '"ada@example.com"';
const bundle = sealBundle(PLACE, [JSON_TEXT, '"Ada"'], undefined, bytesFrom('refused', bundleEntropyBytes(2)));
const field = fieldOf(bundle);
const neighbour = fieldOf(bundle, 1);
const tokenBytes = Buffer.from(field.token.slice(4), 'base64url');

/** Each case is field 0 of one good bundle of two, but for what it changes. */
function refused(about: string, cases: BadCase[]): RefusedVectors {
  return {
    about,
    expect: 'refused',
    cases: cases.map(({ why, by = 'opening', place = PLACE, innerWraps, sealedField, token = field.token }) => ({
      why,
      expect: 'refused',
      by,
      place,
      innerWraps: (innerWraps ?? bundle.innerWraps).toString('hex'),
      sealedField: (sealedField ?? field.ciphertext).toString('hex'),
      token,
    })),
  };
}

function badTokens(): BadCase[] {
  const { token } = field;
  const spellings: [why: string, token: string][] = [
    ['nothing', ''],
    ['the prefix alone', 'dk1_'],
    ['no prefix', token.slice(4)],
    ['another prefix', token.replace('dk1_', 'dk2_')],
    ['a prefix in capitals', token.replace('dk1_', 'DK1_')],
    ['one character less', token.slice(0, -1)],
    ['one character more', `${token}A`],
    ['base64 padding behind', `${token}=`],
    ['base64 padding in place of the last character', `${token.slice(0, -1)}=`],
    ['a line feed behind', `${token}\n`],
    ['a space before', ` ${token}`],
    ['a space within', `${token.slice(0, 40)} ${token.slice(41)}`],
    ['a plus sign of standard base64', `${token.slice(0, 40)}+${token.slice(41)}`],
    ['a slash of standard base64', `${token.slice(0, 40)}/${token.slice(41)}`],
    ['a Cyrillic look-alike', `${token.slice(0, 40)}\u0430${token.slice(41)}`],
    ['a full-width look-alike', `${token.slice(0, 40)}\uff21${token.slice(41)}`],
    ['one character changed', `${token.slice(0, 40)}${token[40] === 'A' ? 'B' : 'A'}${token.slice(41)}`],
    ['two characters swapped', token.slice(0, 10) + token[11] + token[10] + token.slice(12)],
    ['version 0, checksum right', tokenWith(0, 0)],
    ['version 2, checksum right', tokenWith(0, 2)],
    ['reserved bit set, checksum right', tokenWith(1, 0x40)],
    ['reserved bit and subject flag set, checksum right', tokenWith(1, 0xc0)],
    ['a checksum without the prefix', `dk1_${checked(tokenBytes.subarray(0, 56), '').toString('base64url')}`],
    [
      'a checksum of zeros',
      `dk1_${Buffer.concat([tokenBytes.subarray(0, 56), Buffer.alloc(4)]).toString('base64url')}`,
    ],
  ];
  return spellings.map(([why, it]) => ({ why, by: 'token', token: it }));
}

function badPlaces(): BadCase[] {
  return [
    { why: 'another app', place: { ...PLACE, app: 'support-bot-2' } },
    { why: 'no app', place: { ...PLACE, app: '' } },
    { why: 'the slot before', place: { ...PLACE, slot: PLACE.slot - 86_400 } },
    { why: 'an expiry one second later', place: { ...PLACE, expiresAtS: PLACE.expiresAtS + 1 } },
    { why: 'an expiry one second earlier', place: { ...PLACE, expiresAtS: PLACE.expiresAtS - 1 } },
    { why: 'slot and expiry swapped', place: { ...PLACE, slot: PLACE.expiresAtS, expiresAtS: PLACE.slot } },
    { why: 'the index of the neighbour', token: tokenWith(1, 1) },
    { why: 'an index behind the last field', token: tokenWith(1, 2) },
    { why: 'the subject flag set', token: tokenWith(1, 0x80) },
    { why: 'another subject tag', token: tokenWith(2, tokenBytes.readUInt8(2) ^ 1) },
    { why: 'another bundle ID', token: tokenWith(10, tokenBytes.readUInt8(10) ^ 1) },
    { why: 'another ref KEK', token: tokenWith(24, tokenBytes.readUInt8(24) ^ 1) },
    { why: 'the token of the neighbour', token: neighbour.token },
    { why: 'the sealed field of the neighbour', sealedField: neighbour.ciphertext },
  ];
}

function badSealedFields(): BadCase[] {
  const { ciphertext } = field;
  const flipped: [part: string, at: number][] = [
    ['content type', 0],
    ['commitment', 1],
    ['nonce', 33],
    ['ciphertext', 45],
    ['tag', ciphertext.length - 1],
  ];
  return [
    ...flipped.map(([part, at]) => ({
      why: `one bit of the ${part}`,
      sealedField: withBitFlipped(ciphertext, 8 * at),
    })),
    ...[0, 1, 32, 33, 45, 60, 61, ciphertext.length - 1].map((length) => ({
      why: `cut to ${length} bytes`,
      sealedField: ciphertext.subarray(0, length),
    })),
    { why: 'the first byte missing', sealedField: ciphertext.subarray(1) },
    { why: 'one byte more', sealedField: Buffer.concat([ciphertext, Buffer.of(0)]) },
    { why: 'zeros', sealedField: Buffer.alloc(ciphertext.length) },
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
    { why: 'the right DEK under another ref KEK', innerWraps: of(wrap(dekOf(0), bytesFrom('another ref KEK', 32))) },
    { why: 'another DEK under the right ref KEK', innerWraps: of(wrap(bytesFrom('another DEK', 32))) },
  ];
}

function badCommitments(): BadCase[] {
  const [first, second] = ['one DEK', 'another DEK'].map((name) => {
    const dek = bytesFrom(name, 32);
    return { ...deriveFromDek(dek, field.place.refId), innerWraps: wrap(dek) };
  });
  const [one, other] = [present(first), present(second)];
  const data = associatedData('daykey/v1/value', field.place);
  const nonce = bytesFrom('nonce', 12);
  const rightly = gcmSeal(aesKey(other.key), nonce, padded(JSON_TEXT), data);
  const twice = sealedUnderTwoKeys([one.key, other.key], nonce, padded(JSON.stringify('x'.repeat(90))), 1, data);
  return [
    {
      why: 'sealed rightly under the DEK at hand, with the commitment of another',
      sealedField: Buffer.concat([Buffer.of(1), one.commitment, rightly]),
      innerWraps: other.innerWraps,
    },
    {
      why: 'a ciphertext that AES-GCM opens under two keys, with the commitment of the other',
      sealedField: Buffer.concat([Buffer.of(1), one.commitment, twice]),
      innerWraps: other.innerWraps,
    },
    {
      why: 'sealed rightly, with a commitment of zeros',
      sealedField: Buffer.concat([Buffer.of(1), Buffer.alloc(32), rightly]),
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
  const value = associatedData('daykey/v1/value', field.place);
  const dek = associatedData('daykey/v1/dek', field.place);
  const withByte = (data: Buffer, at: number, byte: number) => {
    const out = Buffer.from(data);
    out.writeUInt8(byte, at);
    return out;
  };
  return [
    { why: 'a value sealed with the associated data of the inner wrap', sealedField: sealedWith({ data: dek }) },
    { why: 'a value sealed without associated data', sealedField: sealedWith({ data: Buffer.alloc(0) }) },
    { why: 'a value of format version 2', sealedField: sealedWith({ data: withByte(value, 17, 2) }) },
    { why: 'a value of suite 2', sealedField: sealedWith({ data: withByte(value, 18, 2) }) },
    { why: 'a value of content type 2', sealedField: sealedWith({ data: withByte(value, 20, 2) }) },
    { why: 'a value under the DEK itself', sealedField: sealedWith({ key: dekOf(0) }) },
    {
      why: 'an inner wrap with the associated data of the value',
      innerWraps: Buffer.concat([wrap(dekOf(0), field.ref.refKek, value), neighbour.innerWrap]),
    },
    {
      why: 'an inner wrap without associated data',
      innerWraps: Buffer.concat([wrap(dekOf(0), field.ref.refKek, Buffer.alloc(0)), neighbour.innerWrap]),
    },
  ];
}

/** A sealed field as field 0 should be, but for what is given. */
function sealedWith(by: { key?: Buffer; plaintext?: Buffer; data?: Buffer }): Buffer {
  const { key, commitment } = deriveFromDek(dekOf(0), field.place.refId);
  const { plaintext = padded(JSON_TEXT), data = associatedData('daykey/v1/value', field.place) } = by;
  const sealed = gcmSeal(aesKey(by.key ?? key), bytesFrom('nonce', 12), plaintext, data);
  return Buffer.concat([Buffer.of(1), commitment, sealed]);
}

function wrap(dek: Buffer, refKek = field.ref.refKek, data = associatedData('daykey/v1/dek', field.place)): Buffer {
  return gcmSeal(aesKey(refKek), bytesFrom('wrap nonce', 12), dek, data);
}

function dekOf(index: SealedCase['place']['index']): Buffer {
  return bytesFrom('refused', bundleEntropyBytes(2)).subarray(22 + 88 * index, 54 + 88 * index);
}

/** The token with one byte of its body changed and the checksum made right again. */
function tokenWith(at: number, byte: number): string {
  const body = Buffer.from(tokenBytes.subarray(0, 56));
  body.writeUInt8(byte, at);
  return `dk1_${checked(body, 'dk1_').toString('base64url')}`;
}

function checked(body: Buffer, prefix: string): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(body, crc32(prefix)));
  return Buffer.concat([body, checksum]);
}

function main(overwrite: boolean): number {
  const files = Object.entries(vectorFiles()).map(([name, content]) => ({
    url: new URL(name, import.meta.url),
    content,
  }));
  const existing = files.filter(({ url }) => existsSync(url));
  if (existing.length > 0 && !overwrite) {
    console.error(`${existing.length} vector files exist; they are the format. To write them anew: --overwrite`);
    return 1;
  }
  for (const { url, content } of files) writeFileSync(url, `${JSON.stringify(content, null, 2)}\n`);
  console.log(`${files.length} vector files written`);
  return 0;
}

if (import.meta.main) process.exitCode = main(process.argv.includes('--overwrite'));
