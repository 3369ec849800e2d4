// `daykey receipts`: lists, saves and verifies destruction receipts.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { holderName, holderNamed, isSameHolder, type KeyHolder } from '../../vault/domain/kek-life/holder.ts';
import { keyHolders } from '../../vault/domain/kek-life/ring.ts';
import { RECEIPT_TYPE } from '../../vault/domain/receipt.ts';
import { CommandError } from './command-error.ts';
import { coloured, print, say } from './output.ts';
import { withProgress } from './progress.ts';
import { readTextFile } from './read-text-file.ts';
import type { OperatorVault, Surroundings } from './surroundings.ts';
import { type AppOptions, appCommand, noSuchApp, onVault } from './vault-command.ts';
import { type AnyReceipt, keyFingerprint, verifyReceipt } from './verify-receipt.ts';

interface ListOptions extends AppOptions {
  readonly json?: boolean;
}

interface SaveOptions extends ListOptions {
  readonly to: string;
}

interface VerifyOptions {
  readonly key: string;
  readonly json?: boolean;
}

/** A receipt to check. */
interface Signed {
  /** Where it comes from. */
  readonly from: string;
  readonly signed: string;
}

/** A receipt that was checked, and what it says if its signature holds. */
interface Checked extends Signed {
  readonly receipt: AnyReceipt | undefined;
}

const KEY_FILE = 'receipt-key.pem';
const JSON_OPTION = ['--json', 'prints each receipt as a line of JSON'] as const;

export function addReceipts(program: Command, surroundings: Surroundings): void {
  const receipts = program.command('receipts').description('signed receipts of destroyed keys');
  appCommand(receipts, 'list')
    .description("lists an app's receipts and checks their signatures")
    .option(...JSON_OPTION)
    .action((options: ListOptions) =>
      onVault(surroundings, options, async (vault) => {
        const { checked, key } = await readReceipts(surroundings, vault, options.app);
        await report(surroundings, checked, key, options.json);
      }),
    );
  appCommand(receipts, 'save')
    .description(`saves an app's receipts as .jws files, and the key that checks them as ${KEY_FILE}`)
    .requiredOption('--to <folder>', 'the folder, which is made where it is missing')
    .option(...JSON_OPTION)
    .action((options: SaveOptions) =>
      onVault(surroundings, options, async (vault) => {
        const { checked, key } = await readReceipts(surroundings, vault, options.app);
        await save(checked, key, options.to);
        await report(surroundings, checked, key, options.json);
      }),
    );
  receipts
    .command('verify')
    .description('checks saved receipts offline, without any request')
    .argument('<files...>', 'the .jws files')
    .requiredOption('--key <pem>', `the ${KEY_FILE} that \`daykey receipts save\` wrote`)
    .option(...JSON_OPTION)
    .action((files: string[], options: VerifyOptions) => verify(surroundings, files, options));
}

async function verify(surroundings: Surroundings, files: readonly string[], options: VerifyOptions): Promise<void> {
  const key = await readPublicKey(options.key);
  const signed = await Promise.all(files.map(async (from) => ({ from, signed: (await readTextFile(from)).trim() })));
  await report(surroundings, await Promise.all(signed.map((each) => check(each, key))), key, options.json);
}

async function readReceipts(surroundings: Surroundings, vault: OperatorVault, app: string) {
  const read = async () => {
    const ring = await vault.keyRing.read(app);
    // What an app had when it was set up first, and what it has had since.
    const names = new Set([app, ...(ring ? keyHolders(ring, 0).map(holderName) : [])]);
    const holders = Array.from(names, holderNamed).filter((holder) => holder !== undefined);
    const [key, ...texts] = await Promise.all([
      vault.receiptKey(),
      ...holders.map((holder) => receiptsOf(vault, holder)),
    ]);
    return { ring, key, texts: texts.flat() };
  };
  const { ring, key, texts } = await withProgress('reading the receipts', read, surroundings.stderr);
  if (texts.length === 0) {
    if (ring === undefined) throw noSuchApp(vault, app);
    say(
      surroundings,
      `app ${app} has no receipts yet: one is filed when a key is destroyed, about two days after it is made`,
    );
  }
  const checked = texts.map(async ({ holder, signed }): Promise<Checked> => {
    const each = await check({ from: `a receipt of ${title(holder)}`, signed }, key);
    // A row that holds the receipt of another app or pool proves nothing about this one.
    return isSameHolder(holderIn(each.receipt), holder) ? each : { ...each, receipt: undefined };
  });
  return { checked: await Promise.all(checked), key };
}

async function receiptsOf(vault: OperatorVault, holder: KeyHolder) {
  return (await vault.ledger.receipts(holder)).map((signed) => ({ holder, signed }));
}

/** Whose key a receipt is about. */
function holderIn(receipt: AnyReceipt | undefined): KeyHolder {
  const { app = '', pool } = receipt ?? {};
  return pool === undefined ? { app } : { pool };
}

function title(holder: KeyHolder): string {
  return 'pool' in holder ? `pool ${holder.pool}` : `app ${holder.app}`;
}

async function check({ from, signed }: Signed, key: KeyObject): Promise<Checked> {
  return { from, signed, receipt: await verifyReceipt(signed, key) };
}

async function save(checked: readonly Checked[], key: KeyObject, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, KEY_FILE), key.export({ type: 'spki', format: 'pem' }));
  for (const { signed, receipt } of checked) {
    if (receipt) await writeFile(join(folder, fileName(receipt)), `${signed}\n`);
  }
}

/** Prints what holds and what does not. @throws CommandError when a signature does not hold. */
async function report(
  surroundings: Surroundings,
  checked: readonly Checked[],
  key: KeyObject,
  json = false,
): Promise<void> {
  const { stdout, environment } = surroundings;
  const fingerprint = keyFingerprint(key);
  for (const { from, receipt } of checked) {
    const holds = receipt !== undefined;
    if (json) await print(surroundings, JSON.stringify({ from, holds, keySha256: fingerprint, receipt }));
    else if (holds)
      await print(surroundings, `${coloured(stdout, environment, 'green', 'holds')}  ${sentence(receipt)}`);
    else
      await print(
        surroundings,
        `${coloured(stdout, environment, 'red', 'FALSE')}  ${from}: not signed by this key, or not about this app`,
      );
  }
  say(surroundings, `the key's SHA-256 is ${fingerprint}`);
  const broken = checked.filter(({ receipt }) => receipt === undefined).length;
  if (broken > 0) throw new CommandError(`${broken} of ${checked.length} receipts do not hold: do not rely on them`);
  if (checked.length > 0) say(surroundings, `${checked.length} of ${checked.length} receipts hold`);
}

async function readPublicKey(file: string): Promise<KeyObject> {
  const pem = await readTextFile(file);
  try {
    const key = createPublicKey(pem);
    if (key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  } catch {
    // Not PEM, or not of a key: the message below says what is expected.
  }
  throw new CommandError(
    `${file} is no P-256 public key in PEM: give the ${KEY_FILE} that \`daykey receipts save\` wrote`,
  );
}

/** The second receipt of a slot stands beside the first one. */
function fileName(receipt: AnyReceipt): string {
  const { type, slot } = receipt;
  const name = `${holderName(holderIn(receipt)).replace('#', '-')}-${slot}`;
  return type === RECEIPT_TYPE ? `${name}.jws` : `${name}-gone.jws`;
}

function sentence(receipt: AnyReceipt): string {
  const slot = `${holderName(holderIn(receipt))} slot ${new Date(receipt.slot * 1000).toISOString().slice(0, 16)}Z`;
  if (receipt.type !== RECEIPT_TYPE) return `${slot}, KMS says that the key is gone at ${receipt.keyNotFoundAt}`;
  const { bundles, decryptRefusedFrom, materialGoneNotBefore } = receipt;
  const { swept, erased, left } = bundles;
  return [
    slot,
    `Decrypt refused from ${decryptRefusedFrom}`,
    `key material deleted not before ${materialGoneNotBefore}`,
    `${swept} swept, ${erased} erased, ${left ?? 'too many to count'} left`,
  ].join(', ');
}
