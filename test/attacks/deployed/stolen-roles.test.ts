// Attackers who have taken over a function of the deployed stack, or may assume its role.

import { setTimeout as sleep } from 'node:timers/promises';
import { CreateKeyCommand, DecryptCommand, EncryptCommand, ScheduleKeyDeletionCommand } from '@aws-sdk/client-kms';
import { BatchGetCommand, DeleteCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect, inject, test } from 'vitest';
import { tokenRow } from '../../../lambda/dynamo/api-tokens.ts';
import { dynamoKeyRing } from '../../../lambda/dynamo/key-ring.ts';
import { KEY_TAGS } from '../../../lambda/kms/key-maker.ts';
import { hashApiToken, newApiToken } from '../../../vault/domain/api-token.ts';
import { present } from '../../support/envelope.ts';
import { actingAs, outcomeOf } from '../../support/roles.ts';
import { aToken, documents, opened, rest, sealed } from '../../support/vault.ts';
import { textsOpenedWith } from '../key-search.ts';
import { foundBehind, innerWrapIn } from './attacker.ts';

const DECRYPT = '/v1/apps/shop/decrypt';

test('a stolen decrypt role opens what it has the ref and the item of, past the expiry too, and nothing without the ref', async () => {
  const endsAtMs = (Math.floor(Date.now() / 1000) + 5) * 1000;
  const { refs } = await sealed({ value: 'x' }, { notAfter: new Date(endsAtMs).toISOString() });
  const { question, ref, item, ...target } = await foundBehind(present(refs.value));
  const thief = await actingAs('decrypt');

  // It finds no bundle that it has no ref of, and KMS gives it no more than the inner wrap.
  const { ring, vault } = inject('vault').tables;
  expect(await outcomeOf(() => thief.documents.send(new ScanCommand({ TableName: vault })))).toBe('denied');
  const { Plaintext } = await thief.kms.send(new DecryptCommand(question));
  const innerWraps = [innerWrapIn(Plaintext, ref)];
  const bytes = [Buffer.from(present(Plaintext)), Buffer.from(present(question.CiphertextBlob)), target.stored];
  expect(textsOpenedWith({ bytes, innerWraps }, target)).toEqual([]);

  const Keys = [{ pk: item.pk, sk: item.sk }];
  const { Responses } = await thief.documents.send(new BatchGetCommand({ RequestItems: { [vault]: { Keys } } }));
  expect(Responses?.[vault]).toHaveLength(1);
  await sleep(Math.max(0, endsAtMs - Date.now()));
  expect(await opened(refs)).toMatchObject({ value: { status: 'redacted' } });
  const late = await thief.kms.send(new DecryptCommand(question));
  const withRef = { bytes: [], refKeks: [ref.refKek], innerWraps: [innerWrapIn(late.Plaintext, ref)] };
  expect(textsOpenedWith(withRef, target)).toEqual(['"x"']);
  expect(await outcomeOf(() => thief.documents.send(new ScanCommand({ TableName: ring })))).toBe('denied');
});

test('a stolen rotator makes new keys and writes itself an API token, and so opens the refs that it has', async () => {
  const ref = await aToken('x');
  const { question } = await foundBehind(ref);
  const thief = await actingAs('rotate-kek');
  expect(await outcomeOf(() => thief.kms.send(new DecryptCommand(question)))).toBe('denied');
  const { vault, ring } = inject('vault').tables;
  expect(await outcomeOf(() => thief.documents.send(new ScanCommand({ TableName: vault })))).toBe('denied');

  // Whatever the ring would have sealed under a key like this one, its maker could unwrap.
  const everyone = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' };
  const { KeyMetadata } = await thief.kms.send(
    new CreateKeyCommand({
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [everyone] }),
      BypassPolicyLockoutSafetyCheck: true,
      Tags: [{ TagKey: KEY_TAGS.stack, TagValue: 'Daykey' }],
    }),
  );
  const own = { KeyId: present(KeyMetadata?.Arn), EncryptionContext: question.EncryptionContext };
  const { CiphertextBlob } = await thief.kms.send(new EncryptCommand({ ...own, Plaintext: Buffer.alloc(60, 1) }));
  const { Plaintext } = await thief.kms.send(new DecryptCommand({ ...own, CiphertextBlob }));
  expect(Buffer.from(present(Plaintext))).toEqual(Buffer.alloc(60, 1));
  await thief.kms.send(new ScheduleKeyDeletionCommand({ KeyId: own.KeyId, PendingWindowInDays: 7 }));

  const token = newApiToken();
  const asks = async () => rest({ path: DECRYPT, authorization: `Bearer ${token}`, body: { refs: { value: ref } } });
  expect((await asks()).status).toBe(401);
  const generation = present((await dynamoKeyRing(documents(), ring).read('shop'))?.generations.desk);
  const grant = { app: 'shop', integration: 'desk', generation, expiresAtS: Math.floor(Date.now() / 1000) + 60 };
  const { pk, sk, ...attributes } = tokenRow(hashApiToken(token), grant);
  const AttributeUpdates = Object.fromEntries(Object.entries(attributes).map(([name, Value]) => [name, { Value }]));
  await thief.documents.send(new UpdateCommand({ TableName: ring, Key: { pk, sk }, AttributeUpdates }));
  expect((await asks()).body).toMatchObject({ values: { value: { status: 'ok', value: 'x' } } });
  await documents().send(new DeleteCommand({ TableName: ring, Key: { pk, sk } }));
});
