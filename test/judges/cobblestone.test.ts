// PyCA's implementation of Cobblestone-256 opens what ours seals, refuses what was changed, and ours opens what it seals.

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  CHUNK_BYTES,
  MESSAGE_HEADER_BYTES,
  MESSAGE_SALT_BYTES,
  newMessage,
  opening,
  openMessage,
  sealing,
} from '../../wire/cobblestone.ts';
import { judged } from './judge.ts';

const SCRIPT = readFileSync(new URL('cobblestone.py', import.meta.url), 'utf8');
const LENGTHS = [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 260 * CHUNK_BYTES + 5];
const CONTEXT = Buffer.from('daykey/v2/blob in a test');

interface Judgement {
  readonly opened?: string;
  readonly sealed?: string;
  readonly refused?: string;
}

test('PyCA opens messages of every length, and ours opens those of PyCA', async () => {
  const cases = LENGTHS.map((bytes) => ({ key: randomBytes(32), context: CONTEXT, plaintext: randomBytes(bytes) }));
  const judgements = await judgementsOn(cases.map((each) => ({ ...each, sealed: sealedWith(each) })));
  for (const [at, { key, context, plaintext }] of cases.entries()) {
    expect(judgements[at]?.opened, `${plaintext.length} bytes`).toBe(plaintext.toString('hex'));
    const theirs = Buffer.from(judgements[at]?.sealed ?? '', 'hex');
    const chunks = opening(openMessage(key, theirs.subarray(0, MESSAGE_HEADER_BYTES), context), {
      firstChunk: 0,
      isAtEnd: true,
    });
    expect(
      Buffer.concat([...chunks.push(theirs.subarray(MESSAGE_HEADER_BYTES)), ...chunks.end()]).equals(plaintext),
    ).toBe(true);
  }
});

test('PyCA refuses another key, another context, a changed bit and a cut message', async () => {
  const right = { key: randomBytes(32), context: CONTEXT, plaintext: randomBytes(CHUNK_BYTES) };
  const sealed = sealedWith(right);
  const changed = Buffer.from(sealed);
  changed.writeUInt8(changed.readUInt8(100) ^ 1, 100);
  const judgements = await judgementsOn([
    { ...right, sealed },
    { ...right, sealed, key: randomBytes(32) },
    { ...right, sealed, context: Buffer.from('another place') },
    { ...right, sealed: changed },
    { ...right, sealed: sealed.subarray(0, sealed.length - 16) },
  ]);
  expect(judgements.map(({ refused }) => refused !== undefined)).toEqual([false, true, true, true, true]);
});

async function judgementsOn(
  cases: readonly { key: Buffer; context: Buffer; sealed: Buffer }[],
): Promise<readonly Judgement[]> {
  const hex = cases.map(({ key, context, sealed }) => ({
    key: key.toString('hex'),
    context: context.toString('hex'),
    sealed: sealed.toString('hex'),
  }));
  const files = { 'cobblestone.py': SCRIPT, 'cases.json': hex };
  const args = ['cobblestone.py', 'cases.json', 'report.json'];
  const { report, stderr } = await judged('python', args, files, { reportFile: 'report.json' });
  if (!Array.isArray(report)) throw new Error(`the judge gave no report: ${stderr}`);
  return report;
}

function sealedWith({ key, context, plaintext }: Record<'key' | 'context' | 'plaintext', Buffer>): Buffer {
  const chunks = sealing(newMessage(key, randomBytes(MESSAGE_SALT_BYTES), context));
  return Buffer.concat([...chunks.push(plaintext), ...chunks.end()]);
}
