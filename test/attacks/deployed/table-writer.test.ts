// An attacker who may write the vault table of the deployed stack, and has no other right.

import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, inject, test } from 'vitest';
import { primaryKey } from '../../../lambda/dynamo/bundle-item.ts';
import { bundleIdIn, formatRef, parseRef, refIdFor } from '../../../vault/domain/envelope/ref.ts';
import { present } from '../../support/envelope.ts';
import { ask, type Item, opened, sealed, storedBehind } from '../../support/vault.ts';
import { type Insider, userWith } from './attacker.ts';

const OPEN = { value: { status: 'ok', value: 'x' } };
const REDACTED = { value: { status: 'redacted', value: '★★★★★' } };

let writer: Insider;

beforeAll(async () => {
  const arn = `arn:aws:dynamodb:*:*:table/${inject('vault').tables.vault}`;
  writer = await userWith(['dynamodb:PutItem', 'dynamodb:DeleteItem'], arn);
});

const put = (Item: Item) => writer.documents.send(new PutCommand({ TableName: inject('vault').tables.vault, Item }));

/** A ref whose life ends in so many seconds, and its item. */
async function shortLived(seconds: number) {
  const endsAtMs = (Math.floor(Date.now() / 1000) + seconds) * 1000;
  const { refs } = await sealed({ value: 'x' }, { notAfter: new Date(endsAtMs).toISOString() });
  const { item } = await storedBehind(present(refs.value));
  return { refs, item, untilItsEnd: () => sleep(Math.max(0, endsAtMs - Date.now())) };
}

// At once, for each of them waits for an expiry.
test.concurrent('a table writer prolongs nothing: no bundle opens under another expiry, before its end or after', async () => {
  const { refs, item, untilItsEnd } = await shortLived(12);
  const ref = present(parseRef(present(refs.value)));
  /** Moves the bundle to a later expiry, and asks for it with a ref that says the same. */
  const prolongedBy = async (laterS: number) => {
    const expiresAtS = ref.expiresAtS + laterS;
    const key = primaryKey({ app: 'shop', expiresAtS, id: bundleIdIn(ref.refId) });
    await put({ ...item, ...key, expiresAt: expiresAtS });
    return await opened({ value: formatRef({ ...ref, refId: refIdFor(expiresAtS, ref.refId.subarray(4)) }) });
  };
  for (const laterS of [1, 3600, -1]) expect(await prolongedBy(laterS)).toEqual(REDACTED);
  // The attribute is for DynamoDB's TTL: no reader believes it.
  await put({ ...item, expiresAt: ref.expiresAtS + 3600 });
  expect(await opened(refs)).toMatchObject(OPEN);
  await untilItsEnd();
  expect(await opened(refs)).toEqual(REDACTED);
  for (const laterS of [1, 3600]) expect(await prolongedBy(laterS)).toEqual(REDACTED);
});

test.concurrent('a table writer brings an erased bundle back for a trusted holder of its ref, until its end', async () => {
  const { refs, item, untilItsEnd } = await shortLived(12);
  expect((await ask('desk', 'erase', { refs })).body).toEqual({ erased: 1 });
  expect(await opened(refs)).toEqual(REDACTED);
  await put(item);
  expect(await opened(refs)).toMatchObject(OPEN);
  expect((await ask('analytics', 'decrypt', { refs })).status).toBe(403);
  await untilItsEnd();
  await put(item);
  expect(await opened(refs)).toEqual(REDACTED);
});

test.concurrent('a table writer moves no item into another app or under another ref, and can destroy what is there', async () => {
  const { refs } = await sealed({ value: 'x' });
  const other = await sealed({ value: 'y' });
  const { item } = await storedBehind(present(refs.value));
  const { item: otherItem } = await storedBehind(present(other.refs.value));
  await put({ ...item, sk: String(item.sk).replace('#shop#', '#clinic#') });
  expect(await opened(refs, 'clinic-desk')).toEqual(REDACTED);
  await put({ ...item, pk: otherItem.pk, sk: otherItem.sk });
  expect(await opened(other.refs)).toEqual(REDACTED);
  await put(otherItem);
  expect(await opened(other.refs)).toMatchObject({ value: { status: 'ok', value: 'y' } });
  const Key = { pk: item.pk, sk: item.sk };
  await writer.documents.send(new DeleteCommand({ TableName: inject('vault').tables.vault, Key }));
  expect(await opened(refs)).toEqual(REDACTED);
});
