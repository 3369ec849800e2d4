// `daykey receipts`: lists, saves and verifies, and never passes over a receipt that does not hold.

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { keyFingerprint } from '../../../../client/cli/verify-receipt.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../../vault/domain/kek-life/slot.ts';
import { keyGoneToSign, receiptToSign, signedReceipt } from '../../../../vault/domain/receipt.ts';
import { atTerminal, aVault, jsonLines, type Ran } from '../../../support/operator.ts';

const A = Date.UTC(2026, 10, 23, 6) / 1000;
const DAY = 24 * 3600;
let daykey: (...args: string[]) => Promise<Ran>;
let vault: ReturnType<typeof aVault>;
let folder: string;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'daykey-receipts-'));
  vault = aVault();
  await vault.setUp({});
  daykey = atTerminal(vault);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function aReceipt(slot: number, app = 'shop'): Promise<string> {
  const destruction = {
    stack: 'Daykey',
    holder: { app },
    dates: slotDates(slot, slot + DAY, DEFAULT_LIFE),
    keyArn: 'arn:aws:kms:eu-central-1:111122223333:key/shop',
    keyCreatedAtS: slot - 3600,
    pendingDeletionAtS: slot + 2 * DAY,
    materialGoneAtS: slot + 9 * DAY,
    bundles: { swept: 3, erased: 1, left: 0 },
  };
  const text = receiptToSign(destruction, vault.signer.keyArn);
  return signedReceipt(text, await vault.signer.sign(Buffer.from(text)));
}

async function aKeyGoneReceipt(slot: number): Promise<string> {
  const keyArn = 'arn:aws:kms:eu-central-1:111122223333:key/shop';
  const gone = {
    stack: 'Daykey',
    holder: { app: 'shop' },
    slot,
    keyArn,
    notFoundAtS: slot + 10 * DAY,
    destructionReceipt: 'first',
  };
  const text = keyGoneToSign(gone, vault.signer.keyArn);
  return signedReceipt(text, await vault.signer.sign(Buffer.from(text)));
}

async function file(...slots: number[]): Promise<void> {
  for (const slot of slots) await vault.ledger.file({ app: 'shop' }, slot, await aReceipt(slot));
}

const fingerprint = () => keyFingerprint(vault.signer.publicKey);

test('the second receipt of a key is listed, saved beside the first one and verified offline like it', async () => {
  await file(A);
  await vault.ledger.fileKeyGone({ app: 'shop' }, A, await aKeyGoneReceipt(A));
  const { code, stdout } = await daykey('receipts', 'save', '--app', 'shop', '--to', folder);
  expect(code).toBe(0);
  const second = 'holds  shop slot 2026-11-23T06:00Z, KMS says that the key is gone at 2026-12-03T06:00:00Z';
  expect(stdout.split('\n')).toEqual([expect.stringContaining('1 erased, 0 left'), second, '']);
  const names = [`shop-${A}-gone.jws`, `shop-${A}.jws`];
  expect(readdirSync(folder).toSorted()).toEqual(['receipt-key.pem', ...names].toSorted());
  const files = names.map((name) => join(folder, name));
  const verified = await daykey('receipts', 'verify', ...files, '--key', join(folder, 'receipt-key.pem'));
  expect(verified.stderr).toContain('2 of 2 receipts hold');
  writeFileSync(files[0] ?? '', (await aKeyGoneReceipt(A)).replace('.', '.e'));
  expect((await daykey('receipts', 'verify', ...files, '--key', join(folder, 'receipt-key.pem'))).code).toBe(1);
});

describe('listing', () => {
  test('shows of each receipt its slot, its dates and its counts, and names the key', async () => {
    await file(A, A + DAY);
    const { code, stdout, stderr } = await daykey('receipts', 'list', '--app', 'shop');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'holds  shop slot 2026-11-23T06:00Z, Decrypt refused from 2026-11-25T06:45:00Z, key material deleted not before 2026-12-02T06:00:00Z, 3 swept, 1 erased, 0 left',
      expect.stringContaining('holds  shop slot 2026-11-24T06:00Z, '),
      '',
    ]);
    expect(stderr).toBe(`daykey: the key's SHA-256 is ${fingerprint()}\ndaykey: 2 of 2 receipts hold\n`);
  });

  test('with --json prints for each receipt what it says and by which key', async () => {
    await file(A);
    const lines = jsonLines(await daykey('receipts', 'list', '--app', 'shop', '--json'));
    expect(lines).toEqual([
      {
        from: 'a receipt of app shop',
        holds: true,
        keySha256: fingerprint(),
        receipt: expect.objectContaining({ app: 'shop', slot: A, bundles: { swept: 3, erased: 1, left: 0 } }),
      },
    ]);
  });

  test.each([
    ['a changed receipt', async () => (await aReceipt(A)).replace('.', '.e')],
    ['the receipt of another app', () => aReceipt(A, 'clinic')],
  ])('of %s is an error, beside those that hold', async (_, make) => {
    await file(A + DAY);
    await vault.ledger.file({ app: 'shop' }, A, await make());
    const { code, stdout, stderr } = await daykey('receipts', 'list', '--app', 'shop');
    expect({ code, stdout }).toEqual({
      code: 1,
      stdout: expect.stringMatching(
        /^FALSE {2}a receipt of app shop: not signed by this key, or not about this app\nholds /,
      ),
    });
    expect(stderr).toContain('1 of 2 receipts do not hold: do not rely on them');
  });

  test('of an app that the vault does not have is an error, not an empty list', async () => {
    expect(await daykey('receipts', 'list', '--app', 'nope')).toEqual({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('stack Daykey has no app nope'),
    });
  });

  test('of an app without receipts says when there will be one', async () => {
    const { code, stdout, stderr } = await daykey('receipts', 'list', '--app', 'shop');
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('app shop has no receipts yet: one is filed when a key is destroyed');
  });
});

describe('saved receipts', () => {
  test('are files that verify offline, with the key that was saved beside them', async () => {
    await file(A, A + DAY);
    const saved = await daykey('receipts', 'save', '--app', 'shop', '--to', join(folder, 'new', 'folder'));
    expect(saved.code).toBe(0);
    const files = readdirSync(join(folder, 'new', 'folder')).toSorted();
    expect(files).toEqual(['receipt-key.pem', `shop-${A}.jws`, `shop-${A + DAY}.jws`]);

    const offline = atTerminal({});
    const paths = files.map((name) => join(folder, 'new', 'folder', name));
    const [key = '', ...jws] = paths;
    const { code, stdout, stderr } = await offline('receipts', 'verify', '--key', key, ...jws);
    expect(code).toBe(0);
    expect(stdout.match(/^holds /gm)).toHaveLength(2);
    expect(stderr).toContain(fingerprint());
  });

  test.each([
    ['a file', 'taken', 'it is a file'],
    ['a folder below a file', 'taken/below', 'a part of this path is a file'],
  ])('are not saved into %s, in one line that says why', async (_, to, reason) => {
    writeFileSync(join(folder, 'taken'), '');
    const { code, stderr } = await daykey('receipts', 'save', '--app', 'shop', '--to', join(folder, to));
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe(`daykey: ${join(folder, to)} cannot be used: ${reason}`);
  });

  test('do not verify once changed, and the others still do', async () => {
    await file(A, A + DAY);
    await daykey('receipts', 'save', '--app', 'shop', '--to', folder);
    const [good, bad] = [join(folder, `shop-${A}.jws`), join(folder, `shop-${A + DAY}.jws`)];
    writeFileSync(bad, readFileSync(bad, 'utf8').replace('.', '.e'));
    const ran = await daykey('receipts', 'verify', '--key', join(folder, 'receipt-key.pem'), '--json', good, bad);
    expect(ran.code).toBe(1);
    expect(jsonLines(ran)).toMatchObject([
      { from: good, holds: true },
      { from: bad, holds: false },
    ]);
    expect(ran.stderr).toContain('1 of 2 receipts do not hold');
  });
});

describe('verifying without the right files says in one line what to do:', () => {
  const KEY_HINT = 'is no P-256 public key in PEM: give the receipt-key.pem that `daykey receipts save` wrote';

  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });

  beforeEach(() => {
    writeFileSync(join(folder, 'rsa.pem'), publicKey.export({ type: 'spki', format: 'pem' }));
    writeFileSync(join(folder, 'package.json'), '{}');
    writeFileSync(join(folder, 'empty.pem'), '');
  });

  test.each([
    ['a key that is not PEM', ['--key', 'package.json', 'a.jws'], `package.json ${KEY_HINT}`],
    ['an empty key', ['--key', 'empty.pem', 'a.jws'], `empty.pem ${KEY_HINT}`],
    ['a key of another kind', ['--key', 'rsa.pem', 'a.jws'], `rsa.pem ${KEY_HINT}`],
    ['a key that is not there', ['--key', 'gone.pem', 'a.jws'], 'gone.pem cannot be read: there is no such file'],
    ['a folder as the key', ['--key', '.', 'a.jws'], 'cannot be read: it is a folder'],
  ])('%s', async (_, args, says) => {
    const paths = args.map((arg) => (arg.startsWith('--') ? arg : join(folder, arg)));
    const { code, stdout, stderr } = await daykey('receipts', 'verify', ...paths);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringContaining(says)]);
  });

  test.each([
    ['no key', ['a.jws'], "required option '--key <pem>' not specified"],
    ['no files', ['--key', 'a.pem'], "missing required argument 'files'"],
  ])('%s', async (_, args, says) => {
    const { code, stderr } = await daykey('receipts', 'verify', ...args);
    expect(code).toBe(1);
    expect(stderr).toBe(`daykey: ${says}\nTry: daykey receipts verify --help\n`);
  });
});

test('colours show only on a terminal, and there not with NO_COLOR', async () => {
  await file(A);
  const list = ['receipts', 'list', '--app', 'shop'];
  expect((await daykey(...list)).stdout).not.toContain('\u001b');
  expect((await atTerminal({ ...vault, isTTY: true })(...list)).stdout).toContain('\u001b[32mholds\u001b[39m');
  const environment = { NO_COLOR: '1' };
  expect((await atTerminal({ ...vault, isTTY: true, environment })(...list)).stdout).not.toContain('\u001b');
});
