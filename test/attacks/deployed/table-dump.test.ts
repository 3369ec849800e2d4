// Attackers who may read every table of the deployed stack, with every KMS right that an identity policy can give.

import { paginateListTables } from '@aws-sdk/client-dynamodb';
import { DecryptCommand, paginateListKeys } from '@aws-sdk/client-kms';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { expect, inject, test } from 'vitest';
import { actingAs, outcomeOf } from '../../support/roles.ts';
import { aToken, type Item } from '../../support/vault.ts';
import { textsOpenedWith } from '../key-search.ts';
import { foundBehind, type Insider, innerWrapIn, userWith } from './attacker.ts';

async function stolenTables({ dynamo, documents }: Insider): Promise<Map<string, Item[]>> {
  const tables = new Map<string, Item[]>();
  for await (const { TableNames = [] } of paginateListTables({ client: dynamo }, {})) {
    for (const TableName of TableNames.filter((name) => name.startsWith('Daykey-'))) {
      const rows: Item[] = [];
      for await (const { Items = [] } of paginateScan({ client: documents }, { TableName })) rows.push(...Items);
      tables.set(TableName, rows);
    }
  }
  return tables;
}

test('an attacker who reads every table and has kms:* by identity unwraps no blob, and opens nothing', async () => {
  const token = await aToken('x');
  const { question, ref, ...target } = await foundBehind(token);
  const thief = await userWith(['dynamodb:Scan', 'dynamodb:ListTables', 'kms:*']);

  const tables = await stolenTables(thief);
  expect([...tables.keys()].sort().map((name) => name.replace(/Daykey-([A-Za-z]+)Table.*/, '$1'))).toEqual([
    'Audit',
    'EntryLog',
    'Ledger',
    'Ring',
    'Secrets',
    'Vault',
  ]);
  const blobs = tables.get(inject('vault').tables.vault) ?? [];
  expect(blobs).toContainEqual(expect.objectContaining({ pk: target.item.pk, sk: target.item.sk }));
  const appKeks = (tables.get(inject('vault').tables.ring) ?? []).flatMap(({ keyArn }) => keyArn ?? []);
  expect(appKeks).toContain(question.KeyId);
  const everyKey: string[] = [];
  for await (const { Keys = [] } of paginateListKeys({ client: thief.kms }, {})) {
    everyKey.push(...Keys.flatMap(({ KeyArn }) => KeyArn ?? []));
  }
  expect(everyKey).toEqual(expect.arrayContaining(appKeks));

  const { CiphertextBlob, EncryptionContext } = question;
  const ask = (KeyId?: string) => thief.kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionContext }));
  for (const keyArn of appKeks) expect(await outcomeOf(() => ask(String(keyArn)))).toBe('denied');
  expect(await outcomeOf(() => ask())).toBe('denied');
  const { Plaintext } = await (await actingAs('decrypt')).kms.send(new DecryptCommand(question));
  const answers: Uint8Array[] = [];
  for (const keyArn of everyKey) {
    const answer = await ask(keyArn).catch(() => undefined);
    if (answer?.Plaintext) answers.push(answer.Plaintext);
  }
  expect(answers).not.toContainEqual(Plaintext);

  // With what was missing, and only with it: the answer of KMS, and the ref.
  const innerWraps = [innerWrapIn(Plaintext, ref)];
  expect(textsOpenedWith({ bytes: [], refKeks: [ref.refKek] }, target)).toEqual([]);
  expect(textsOpenedWith({ bytes: [], innerWraps }, target)).toEqual([]);
  expect(textsOpenedWith({ bytes: [], innerWraps, refKeks: [ref.refKek] }, target)).toEqual(['"x"']);
});
