// `daykey receipts`: lists, saves and verifies destruction receipts.

import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetPublicKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoReceiptLedger } from '../../lambda/dynamo/ledger.ts';
import { fingerprintOf, type Receipt, verifyReceipt } from '../../vault/domain/receipt.ts';
import { outputsOf } from './stack.ts';

const OPTIONS = {
  app: { type: 'string' },
  stack: { type: 'string', default: 'Daykey' },
  to: { type: 'string' },
  key: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

/** A signed receipt, where it comes from, and what it says if its signature holds. */
interface Checked {
  readonly from: string;
  readonly signed: string;
  readonly receipt: Receipt | undefined;
}

/** The command. @throws Error that says what to do. */
export async function receipts(args: string[]): Promise<void> {
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const [what, ...files] = positionals;
  if (what === 'verify') {
    if (values.key === undefined || files.length === 0)
      throw new Error('verify takes --key PEM and the files to check');
    const key = createPublicKey(await readFile(values.key, 'utf8'));
    const checked = await Promise.all(
      files.map(async (file) => check(file, (await readFile(file, 'utf8')).trim(), key)),
    );
    return report(checked, key, values.json);
  }
  if (what !== 'list' && what !== 'save') throw new Error('receipts takes list, save or verify');
  if (values.app === undefined) throw new Error(`receipts ${what} takes --app APP`);
  const output = await outputsOf(values.stack);
  const ledger = dynamoReceiptLedger(DynamoDBDocumentClient.from(new DynamoDBClient()), output('LedgerTable'));
  const [signed, key] = await Promise.all([ledger.receipts(values.app), publicKeyOf(output('ReceiptKeyArn'))]);
  const checked = signed.map((text) => check(`${values.app}`, text, key));
  if (what === 'save') await save(checked, key, values.to);
  report(checked, key, values.json);
}

function check(from: string, signed: string, key: KeyObject): Checked {
  return { from, signed, receipt: verifyReceipt(signed, key) };
}

async function publicKeyOf(keyArn: string): Promise<KeyObject> {
  const { PublicKey } = await new KMSClient().send(new GetPublicKeyCommand({ KeyId: keyArn }));
  return createPublicKey({ key: Buffer.from(PublicKey ?? []), format: 'der', type: 'spki' });
}

async function save(checked: readonly Checked[], key: KeyObject, folder: string | undefined): Promise<void> {
  if (folder === undefined) throw new Error('receipts save takes --to FOLDER');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'receipt-key.pem'), key.export({ type: 'spki', format: 'pem' }));
  for (const { signed, receipt } of checked) {
    if (receipt) await writeFile(join(folder, `${receipt.app}-${receipt.slot}.jws`), `${signed}\n`);
  }
}

/** Prints what holds and what does not. A receipt that does not hold makes the exit code 1. */
function report(checked: readonly Checked[], key: KeyObject, json: boolean): void {
  if (!json) process.stdout.write(`key SHA-256 ${fingerprintOf(key)}\n`);
  for (const { from, receipt } of checked) {
    if (json) process.stdout.write(`${JSON.stringify({ from, holds: receipt !== undefined, receipt })}\n`);
    else
      process.stdout.write(receipt ? `holds  ${sentence(receipt)}\n` : `FALSE  ${from}: the signature does not hold\n`);
  }
  const broken = checked.filter(({ receipt }) => !receipt).length;
  if (!json) process.stdout.write(`${checked.length - broken} hold, ${broken} do not\n`);
  if (broken > 0) process.exitCode = 1;
}

function sentence({ app, slot, bundles, ...receipt }: Receipt): string {
  const { swept, erased, left } = bundles;
  return [
    `${app} slot ${new Date(slot * 1000).toISOString().slice(0, 16)}Z`,
    `refused Decrypt from ${receipt.decryptRefusedFrom}`,
    `material gone not before ${receipt.materialGoneNotBefore}`,
    `${swept} swept, ${erased} erased, ${left ?? 'too many to count'} left`,
  ].join(', ');
}
