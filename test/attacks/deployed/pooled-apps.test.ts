// Attacks on apps that share the keys of a pool, on the deployed stack: by another app of the pool, by a taken-over decrypt role, and
// by root after the app has ended.

import { DecryptCommand, KMSClient } from '@aws-sdk/client-kms';
import { InvokeCommand, LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { dynamoAppSecretKeeper } from '../../../lambda/dynamo/app-secrets.ts';
import { readBundle } from '../../../lambda/dynamo/bundle-item.ts';
import { dynamoKeyRingWriter } from '../../../lambda/dynamo/key-ring-writer.ts';
import { issueToken } from '../../../local/deploy.ts';
import { clientFor } from '../../../local/emulator-client.ts';
import { appHalf, openUnderHalf } from '../../../vault/domain/envelope/app-half.ts';
import { wrapContext } from '../../../vault/domain/envelope/context.ts';
import { INNER_WRAP_BYTES } from '../../../vault/domain/envelope/field.ts';
import { parseRef } from '../../../vault/domain/envelope/ref.ts';
import { bucketAt } from '../../../vault/domain/kek-life/bucket.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { isCovered } from '../../../vault/domain/kek-life/plan.ts';
import { isServed } from '../../../vault/domain/kek-life/ring.ts';
import { refusedFromS } from '../../../vault/domain/kek-life/slot.ts';
import type { AppSettings } from '../../../vault/domain/settings.ts';
import type { DecryptResponse } from '../../../wire/decrypt.ts';
import type { EncryptResponse } from '../../../wire/encrypt.ts';
import { present } from '../../support/envelope.ts';
import { type Actor, actingAs, outcomeOf } from '../../support/roles.ts';
import { storeSettings } from '../../support/store-settings.ts';
import { documents, type Item, rest, storedBehind } from '../../support/vault.ts';
import { textsOpenedWith } from '../key-search.ts';

const POOL = 63;
const [APP, OTHER] = ['pooled-one', 'pooled-other'];
const VALUE = 'maya@example.org';
const REDACTED = { status: 'redacted', value: '★★★★★' };

const { tables } = inject('vault');
const secrets = dynamoAppSecretKeeper(documents(), tables.secrets);
const ring = dynamoKeyRingWriter(documents(), tables.ring, secrets);
const tokens = new Map<string, string>();
let decrypt: Actor;

function settings(app: string): AppSettings {
  const desk = { kind: 'customer-support', processSensitive: false, roles: [] } as const;
  const { maxTtlS } = DEFAULT_LIFE;
  return { app, life: DEFAULT_LIFE, defaultTtlS: maxTtlS, integrations: { desk }, keys: { pool: POOL }, state: 'live' };
}

/** What a deployment does for an app: settings, secret, key, and a token. */
async function setUp(app: string, rotateName: string): Promise<void> {
  await storeSettings(ring, settings(app));
  const lambda = new LambdaClient(clientFor(inject('endpoint')));
  const isReady = async () => {
    const slots = await ring.slotsOf({ pool: POOL });
    return isCovered(
      { holder: { pool: POOL }, life: DEFAULT_LIFE, retired: false, slots },
      Math.floor(Date.now() / 1000),
    );
  };
  while (!(await isReady())) {
    await lambda.send(new InvokeCommand({ FunctionName: rotateName, Payload: JSON.stringify({ app }) }));
  }
  tokens.set(app, await issueToken(documents(), tables.ring, app, 'desk'));
}

async function nameOfRotate(): Promise<string> {
  for await (const { Functions = [] } of paginateListFunctions(
    { client: new LambdaClient(clientFor(inject('endpoint'))) },
    {},
  )) {
    const found = Functions.find(({ FunctionName = '' }) => /^Daykey-.*RotateKek/.test(FunctionName));
    if (found) return present(found.FunctionName);
  }
  throw new Error('the stack has no function that rotates');
}

const ask = (app: string, operation: string, body: object) =>
  rest({ path: `/v1/apps/${app}/${operation}`, body, authorization: `Bearer ${present(tokens.get(app))}` });

/** A sealed value of an app, and everything that root finds behind it. */
async function sealedBy(app: string) {
  const { body } = await ask(app, 'encrypt', { fields: { value: VALUE } });
  const { refs } = body as EncryptResponse;
  const ref = present(parseRef(present(refs.value)));
  const { item } = await storedBehind(present(refs.value), app);
  const bundle = present(readBundle(item));
  const slot = present((await ring.slotsOf({ pool: POOL })).find(({ slot }) => slot === bundle.slot));
  const bucket = present(bucketAt(slot, bundle.expiresAtS));
  const { pool, slot: id, createdAtS } = bundle;
  const target = {
    stored: present(bundle.fields.get(0)),
    place: { app, pool, slot: id, createdAtS, refId: ref.refId, index: 0 },
  };
  const question = (EncryptionContext = wrapContext(app, slot, bundle.id, bucket)) =>
    new DecryptCommand({ KeyId: present(slot.keyArn), CiphertextBlob: bundle.wrapped, EncryptionContext });
  return { refs, ref, item, bundle, slot, bucket, target, question };
}

const openedBy = async (app: string, refs: object) => (await ask(app, 'decrypt', { refs })).body as DecryptResponse;

/** What someone opens who has the ref, the rows and what KMS gave, and looks for inner wraps wherever they could begin. */
function opensWith({ ref, target }: Awaited<ReturnType<typeof sealedBy>>, fromKms: Uint8Array): string[] {
  const bytes = Buffer.from(fromKms);
  const innerWraps = Array.from({ length: Math.max(0, bytes.length - INNER_WRAP_BYTES + 1) }, (_, start) =>
    bytes.subarray(start, start + INNER_WRAP_BYTES),
  );
  return textsOpenedWith({ bytes: [], refKeks: [ref.refKek], innerWraps }, target);
}

beforeAll(async () => {
  const rotateName = await nameOfRotate();
  for (const app of [APP, OTHER]) await setUp(app, rotateName);
  decrypt = await actingAs('decrypt');
}, 120_000);

describe('an app of a pool', () => {
  test('opens what it sealed, under a key that it shares', async () => {
    const [one, other] = [await sealedBy(APP), await sealedBy(OTHER)];
    expect(one.slot.keyArn).toBe(other.slot.keyArn);
    expect(await openedBy(APP, one.refs)).toMatchObject({ values: { value: { status: 'ok', value: VALUE } } });
  });

  test('opens nothing of another app of the pool, with its ref and with a copy of its row', async () => {
    const { refs, item } = await sealedBy(APP);
    expect(await openedBy(OTHER, refs)).toEqual({ values: { value: REDACTED } });
    const copy: Item = { ...item, sk: String(item.sk).replace(`#${APP}#`, `#${OTHER}#`) };
    await documents().send(new PutCommand({ TableName: tables.vault, Item: copy }));
    expect(await openedBy(OTHER, refs)).toEqual({ values: { value: REDACTED } });
    expect(await openedBy(APP, refs)).toMatchObject({ values: { value: { status: 'ok' } } });
  });
});

describe('the role of decrypt, taken over', () => {
  test('is refused by KMS in every context but that of the pool', async () => {
    const { bundle, slot, bucket, question } = await sealedBy(APP);
    const context = wrapContext(APP, slot, bundle.id, bucket);
    const { app: _, ...withoutApp } = context;
    for (const other of [
      { ...context, pool: 'own' },
      { ...context, pool: '0' },
      { ...context, slot: '1' },
      withoutApp,
    ]) {
      expect(await outcomeOf(() => decrypt.kms.send(question(other as typeof context)))).toBe('denied');
    }
  });

  test("gets nothing that opens in another app's context", async () => {
    const sealed = await sealedBy(APP);
    const { bundle, slot, bucket, question } = sealed;
    // AWS notices the other context. An emulator that does not gives bytes that are of no use.
    const answer = await decrypt.kms.send(question(wrapContext(OTHER, slot, bundle.id, bucket))).catch(() => undefined);
    expect(opensWith(sealed, answer?.Plaintext ?? Buffer.alloc(0))).toEqual([]);
  });

  test("gets nothing that opens without the app's secret, with the ref, the rows and what KMS gives", async () => {
    const sealed = await sealedBy(APP);
    const { Plaintext } = await decrypt.kms.send(sealed.question());
    expect(Plaintext).toHaveLength(INNER_WRAP_BYTES + 28);
    expect(opensWith(sealed, present(Plaintext))).toEqual([]);
    // With the secret, the same bytes open.
    const { Item } = await documents().send(
      new GetCommand({ TableName: tables.secrets, Key: { pk: APP, sk: 'secret' } }),
    );
    const half = appHalf(APP, sealed.slot.slot, Buffer.from(present(Item?.secret)), present(sealed.slot.salt));
    const context = wrapContext(APP, sealed.slot, sealed.bundle.id, sealed.bucket);
    const innerWraps = present(openUnderHalf(half, context, Buffer.from(present(Plaintext))));
    expect(opensWith(sealed, innerWraps)).toEqual([JSON.stringify(VALUE)]);
  });
});

describe("an app's secret", () => {
  const get = (actor: Actor) =>
    outcomeOf(() =>
      actor.documents.send(new GetCommand({ TableName: tables.secrets, Key: { pk: APP, sk: 'secret' } })),
    );

  test.each(['encrypt', 'decrypt', 'erase'])('is read by the role of %s', async (entry) => {
    expect(await get(await actingAs(entry))).toBe('done');
  });

  test.each(['authorizer', 'sweep', 'rotate-kek', 'configure-app'])('is not read by the role of %s', async (entry) => {
    expect(await get(await actingAs(entry))).toBe('denied');
  });
});

test('what an ended app sealed opens for no one, while KMS still has the key, and the other apps go on', async () => {
  const [ended, other] = [await sealedBy(APP), await sealedBy(OTHER)];
  await storeSettings(ring, { ...settings(APP), state: 'retired' });
  await secrets.removeSecret(APP);
  const root = new KMSClient(clientFor(inject('endpoint')));
  const { Plaintext } = await root.send(ended.question());
  expect(isServed(ended.slot)).toBe(true);
  expect(Date.now() / 1000).toBeLessThan(refusedFromS(ended.slot, ended.bucket));
  expect(opensWith(ended, present(Plaintext))).toEqual([]);
  expect(await openedBy(OTHER, other.refs)).toMatchObject({ values: { value: { status: 'ok' } } });
});
