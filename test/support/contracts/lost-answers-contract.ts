// What every DynamoDB adapter does when DynamoDB carries out a write and its answer gets lost: the SDK then sends it again.

import { Readable } from 'node:stream';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, test } from 'vitest';
import { NOTHING_REMOVED } from '../../../vault/ports/bundle-store.ts';
import { appRegisterContract } from './app-register-contract.ts';
import { appSecretsContract } from './app-secrets-contract.ts';
import { appViewersContract } from './app-viewers-contract.ts';
import { aBundle, aTag, keyOf, NOW_S, wanted } from './bundles.ts';
import { keyRingContract } from './key-ring-contract.ts';
import {
  appRegisterOn,
  approvalsOn,
  appSecretsOn,
  appViewersOn,
  bundleStoreOn,
  consoleSessionsOn,
  keyRingOn,
  ledgerOn,
  type Tables,
  tokenRegisterOn,
  trustedRolesOn,
} from './on-dynamo.ts';
import { trustedRolesContract } from './trusted-roles-contract.ts';

const WRITE = /\.(?:Put|Update|Delete)Item$/;
const APP = 'shop';
const ADA = { subject: 'person-17', name: 'ada@example.org' };
const BOB = { subject: 'person-18', name: 'bob@example.org' };
const LOGIN = { state: 's', nonce: 'n', verifier: 'v' };

/** A document client that loses the first answer to every write that has succeeded. Its configuration allows three attempts. */
export async function losingAnswers(dynamo: DynamoDBClient): Promise<DynamoDBDocumentClient> {
  const strategy = await dynamo.config.retryStrategy();
  const retryBackoffStrategy = { setDelayBase: () => undefined, computeNextBackoffDelay: () => 0 };
  Object.assign(strategy, { retryBackoffStrategy, getCapacityCost: () => 0 });
  dynamo.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const { headers } = args.request as { readonly headers: Readonly<Record<string, string>> };
      const { statusCode, body } = result.response as { readonly statusCode: number; readonly body: unknown };
      const isFirst = headers['amz-sdk-request']?.startsWith('attempt=1;');
      if (!isFirst || statusCode !== 200 || !WRITE.test(headers['x-amz-target'] ?? '')) return result;
      // An answer that is not read to its end would keep its connection.
      if (body instanceof Readable) body.resume();
      throw Object.assign(new Error('the answer is lost'), { name: 'NetworkingError', $retryable: {} });
    },
    { step: 'deserialize', priority: 'low', name: 'loseAnswers' },
  );
  return DynamoDBDocumentClient.from(dynamo);
}

/**
 * Registers the tests, on new tables whose clients are {@link losingAnswers}: the whole contracts of the adapters for which a
 * lost answer changes nothing, and for each other adapter what it changes.
 */
export function lostAnswersContract(tables: Tables): void {
  describe('when the answer to each write is lost once', () => {
    appSecretsContract('DynamoDB', () => appSecretsOn(tables));
    keyRingContract('DynamoDB', () => keyRingOn(tables));
    appRegisterContract('DynamoDB', () => appRegisterOn(tables));
    appViewersContract('DynamoDB', () => appViewersOn(tables));
    trustedRolesContract('DynamoDB', () => trustedRolesOn(tables));

    test('a field that is erased by its ref is counted, its bundle only as gone', async () => {
      const store = await bundleStoreOn(tables);
      const bundle = aBundle();
      await store.insert(bundle);
      for (const [index, field] of bundle.fields) {
        const tag = field.subarray(0, 16);
        expect(await store.eraseField(keyOf(bundle), index, tag)).toEqual({ fields: 1, bundles: [] });
        expect(await store.eraseField(keyOf(bundle), index, tag)).toEqual(NOTHING_REMOVED);
      }
      expect(await store.find([wanted(bundle)])).toEqual([]);
    });

    test('bundles are deleted, and counted too low rather than twice', async () => {
      const store = await bundleStoreOn(tables);
      const [subjectTag, bundles] = [aTag(), [aBundle({ blobDays: 2 }), aBundle()]];
      for (const bundle of bundles) await Promise.all([store.insert(bundle), store.point(subjectTag, bundle)]);
      const note = { kind: 'erasure', shard: 0, row: '', app: APP, subjectTag, dueAtS: NOW_S + 90 } as const;
      expect((await store.eraseSubject(APP, subjectTag, NOW_S)).fields).toBe(0);
      expect(await store.find(bundles.map(wanted))).toEqual([]);
      const blobs: unknown[] = [];
      expect(await store.repeatErasure(note, NOW_S + 90, async (found) => void blobs.push(...found))).toEqual([]);
      expect(blobs, 'the sweeper deletes the blob').toHaveLength(1);
    });

    test('a tally is added to once, and the call fails, since it may be too low', async () => {
      const ledger = await ledgerOn(tables);
      const holder = { app: APP };
      for (const counts of [{ swept: 2 }, { erased: 3 }])
        await expect(ledger.add(holder, 100, counts)).rejects.toMatchObject({ code: 'unavailable' });
      expect(await ledger.tally(holder, 100)).toEqual({ swept: 2, erased: 3 });
      for (const receipt of ['first', 'second']) await ledger.file(holder, 100, receipt);
      expect(await ledger.receipts(holder)).toEqual(['first']);
    });

    test('an API token is revoked', async () => {
      const { register, tokens } = await tokenRegisterOn(tables);
      const hash = 'A'.repeat(43);
      await register.issue(hash, { app: APP, integration: 'bot', generation: 'g', expiresAtS: NOW_S }, NOW_S);
      await register.revoke(APP, hash.slice(0, 12));
      expect(await tokens.find(hash)).toBeUndefined();
    });

    test('a sign-in is refused, a reveal counts twice and no session comes back', async () => {
      const sessions = await consoleSessionsOn(tables);
      await sessions.keepLogin('hash', LOGIN, NOW_S);
      expect(await sessions.takeLogin('hash')).toBeUndefined();
      expect([await sessions.take(1, 3), await sessions.take(1, 3), await sessions.take(1, 3)]).toEqual([
        true,
        false,
        false,
      ]);
      const session = { person: ADA, values: ['support'], csrf: 'token', startedAtS: NOW_S, seenAtS: NOW_S };
      await sessions.keep('hash', session, NOW_S + 900);
      expect(await sessions.find('hash')).toEqual(session);
      await sessions.remove('hash');
      await sessions.touch('hash', session, NOW_S + 900);
      expect(await sessions.find('hash')).toBeUndefined();
    });

    test('an approval is given once, and one that was used up opens nothing', async () => {
      const approvals = await approvalsOn(tables);
      const place = { position: '1790000000000#AAAAAAAAAAAAAAAA', field: 0, pointer: '/data/email' };
      const asked = { app: APP, id: 'id', ...place, person: ADA, reason: 'why', askedAtS: NOW_S, endsAtS: NOW_S + 9 };
      await approvals.ask(asked);
      expect(await approvals.approve(asked, BOB, NOW_S)).toBe(true);
      expect(await approvals.take(APP, 'id', ADA, NOW_S)).toBeUndefined();
      expect(await approvals.asked(APP, NOW_S)).toEqual([]);
    });
  });
}
