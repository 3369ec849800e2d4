// An insider who has `kms:*` on everything by an identity policy, and the stored bundle and the ref of a value as well.

import { setTimeout as sleep } from 'node:timers/promises';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GetKeyPolicyCommand,
  KMSClient,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
} from '@aws-sdk/client-kms';
import { beforeAll, expect, inject, test } from 'vitest';
import { kmsKeyMaker } from '../../../lambda/kms/key-maker.ts';
import { clientFor } from '../../../local/emulator-client.ts';
import { wrapContext } from '../../../vault/domain/envelope/context.ts';
import { bundleIdIn } from '../../../vault/domain/envelope/ref.ts';
import { bucketAt } from '../../../vault/domain/kek-life/bucket.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { slotDates } from '../../../vault/domain/kek-life/slot.ts';
import { secondsOf } from '../../../vault/ports/clock.ts';
import { aBundle, fieldOf, present } from '../../support/envelope.ts';
import { type Actor, actingAs, outcomeOf } from '../../support/roles.ts';
import { taggedKeysBeside } from '../../support/tagged-keys.ts';
import { unique } from '../../support/vault.ts';
import { textsOpenedWith } from '../key-search.ts';
import { type Insider, innerWrapIn, userWith } from './attacker.ts';

const ACCOUNT_ID = '000000000000';

let insider: Insider;
let decryptRole: Actor;

beforeAll(async () => {
  insider = await userWith(['kms:*']);
  decryptRole = await actingAs('decrypt');
});

/** An app KEK as the stack makes it, with one sealed value; T2 is so many seconds from now. */
async function aSealedValue({ lock = false, t2S = 3600 } = {}) {
  const root = new KMSClient(clientFor(inject('endpoint')));
  const roleArn = (entry: string) => `arn:aws:iam::${ACCOUNT_ID}:role/Daykey-${inject('vault').region}-${entry}`;
  const options = {
    stack: unique('attacked'),
    partition: 'aws',
    accountId: ACCOUNT_ID,
    lock,
    deletionWindowDays: 7,
    keyTags: {},
    roleArns: {
      encrypt: roleArn('encrypt'),
      decrypt: roleArn('decrypt'),
      rotate: roleArn('rotate-kek'),
      retire: roleArn('configure-app'),
    },
  };
  const maker = kmsKeyMaker(root, options, { findTaggedKeys: taggedKeysBeside(root) });
  const nowS = secondsOf(Date.now());
  const dates = { ...slotDates(nowS, nowS + 3600, DEFAULT_LIFE), decryptUntilS: nowS + t2S };
  const { arn: KeyId } = await maker.create({ app: 'shop' }, dates);
  const bundle = aBundle({
    place: { app: 'shop', pool: 'own', slot: nowS, createdAtS: nowS, expiresAtS: nowS + 60 },
    seed: KeyId,
  });
  const EncryptionContext = wrapContext(
    'shop',
    { holder: { app: 'shop' }, slot: nowS },
    bundleIdIn(bundle.refId),
    present(bucketAt(dates, bundle.expiresAtS)),
  );
  const { CiphertextBlob } = await root.send(
    new EncryptCommand({ KeyId, Plaintext: bundle.innerWraps, EncryptionContext }),
  );
  const { ref, ...target } = fieldOf(bundle);
  const question = { KeyId, CiphertextBlob: present(CiphertextBlob), EncryptionContext };
  return {
    KeyId,
    question,
    untilT2: () => sleep(dates.decryptUntilS * 1000 + 300 - Date.now()),
    /** The value, for an attacker who has its bundle and its ref and calls KMS as this actor; else KMS's answer. */
    openedBy: async ({ kms }: Pick<Actor, 'kms'>) => {
      let innerWrap: Buffer = Buffer.alloc(0);
      const outcome = await outcomeOf(async () => {
        innerWrap = innerWrapIn((await kms.send(new DecryptCommand(question))).Plaintext, ref);
      });
      return outcome === 'done'
        ? textsOpenedWith({ bytes: [], refKeks: [ref.refKek], innerWraps: [innerWrap] }, target)
        : outcome;
    },
  };
}

type Sealed = Awaited<ReturnType<typeof aSealedValue>>;

/** Every way but one to get at what a key protects, or at the key: those that are not denied. */
async function whatSucceeds({ KeyId, question }: Sealed): Promise<[name: string, outcome: string][]> {
  const { kms, arn } = insider;
  const { CiphertextBlob, EncryptionContext } = question;
  const AliasName = `alias/${unique('mine')}`;
  const attempts: Record<string, () => Promise<unknown>> = {
    decrypt: () => kms.send(new DecryptCommand(question)),
    'decrypt without naming the key': () => kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext })),
    encrypt: () => kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.alloc(60) })),
    're-encrypt': () => kms.send(new ReEncryptCommand({ ...question, DestinationKeyId: KeyId })),
    'a data key': () => kms.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256' })),
    'a grant': () => kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal: arn, Operations: ['Decrypt'] })),
    'decrypt through an alias of his own': async () => {
      // AWS asks the key's policy for this one too; an emulator may not.
      await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyId })).catch(() => {});
      await kms.send(new DecryptCommand({ ...question, KeyId: AliasName }));
    },
    'a tag': () => kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] })),
    disable: () => kms.send(new DisableKeyCommand({ KeyId })),
  };
  const tried = Object.entries(attempts).map(async ([name, call]): Promise<[string, string]> => {
    return [name, await outcomeOf(call)];
  });
  return (await Promise.all(tried)).filter(([, outcome]) => outcome !== 'denied');
}

/** A policy by which the insider may do everything. */
const takeOver = ({ KeyId }: Sealed) =>
  outcomeOf(() => {
    const mine = { Effect: 'Allow', Principal: { AWS: insider.arn }, Action: 'kms:*', Resource: '*' };
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [mine] });
    return insider.kms.send(new PutKeyPolicyCommand({ KeyId, Policy, BypassPolicyLockoutSafetyCheck: true }));
  });

test.concurrent.each([false, true])(
  'an insider with kms:* uses no app KEK, before T2 or after (locked: %s)',
  async (lock) => {
    const sealed = await aSealedValue({ lock, t2S: 8 });
    await insider.kms.send(new DescribeKeyCommand(sealed));
    await insider.kms.send(new GetKeyPolicyCommand(sealed));
    expect(await whatSucceeds(sealed)).toEqual([]);
    // The one whom the policy names, until the instant that it names.
    expect(await sealed.openedBy(decryptRole)).toEqual(['"x"']);
    await sealed.untilT2();
    expect(await sealed.openedBy(decryptRole)).toBe('denied');
    expect(await whatSucceeds(sealed)).toEqual([]);
  },
);

test('an insider with kms:* opens a value by changing the policy of an unlocked key, even after T2, and not of a locked one', async () => {
  const [unlocked, locked] = [await aSealedValue({ t2S: 1 }), await aSealedValue({ t2S: 1, lock: true })];
  await locked.untilT2();
  for (const { KeyId } of [unlocked, locked]) {
    await insider.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  }
  const bringBack = ({ KeyId }: Sealed) =>
    outcomeOf(async () => {
      await insider.kms.send(new CancelKeyDeletionCommand({ KeyId }));
      await insider.kms.send(new EnableKeyCommand({ KeyId }));
    });
  expect([await bringBack(unlocked), await bringBack(locked)]).toEqual(['done', 'denied']);
  expect(await unlocked.openedBy(insider)).toBe('denied');
  expect([await takeOver(unlocked), await takeOver(locked)]).toEqual(['done', 'denied']);
  expect(await unlocked.openedBy(insider)).toEqual(['"x"']);
  expect(await locked.openedBy(insider)).toBe('denied');
});

test('an insider with kms:* ends a locked key before its time, and brings it back until T2', async () => {
  const sealed = await aSealedValue({ lock: true });
  const { KeyId } = sealed;
  expect(await sealed.openedBy(decryptRole)).toEqual(['"x"']);
  await insider.kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  expect(await sealed.openedBy(decryptRole)).toBe('KMSInvalidStateException');
  await insider.kms.send(new CancelKeyDeletionCommand({ KeyId }));
  await insider.kms.send(new EnableKeyCommand({ KeyId }));
  expect(await sealed.openedBy(decryptRole)).toEqual(['"x"']);
  expect(await sealed.openedBy(insider)).toBe('denied');
});
