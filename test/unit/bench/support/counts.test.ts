// The counts behind the benches' tables: exact, so that a request more is a failing test and not a slower bench.

import { describe, expect, test } from 'vitest';
import { daykeyCounts, fieldsOf, peerCounts, SWEPT_AT_ONCE } from '../../../../bench/support/counts.ts';
import type { AwsCall } from '../../../support/aws/fake-aws.ts';

const COUNTS = [1, 10, 64];

/** Takes the counts of so many fields once, as each needs a new vault. */
function once<Counts>(take: (fields: ReturnType<typeof fieldsOf>) => Counts): (count: number) => Counts {
  const taken = new Map<number, Counts>();
  return (count) => {
    const counts = taken.get(count) ?? take(fieldsOf(count, 100));
    taken.set(count, counts);
    return counts;
  };
}

const ourCounts = once((fields) => daykeyCounts(fields));
const countsOfPeer = once((fields) => peerCounts(fields));

describe('encrypting and decrypting the fields of one request', () => {
  test.each(COUNTS)('asks AWS five times for %i fields, the audit row included', async (count) => {
    const { calls } = await ourCounts(count);
    expect(operationsOf(calls)).toEqual({
      'KMS.Encrypt': 1,
      'KMS.Decrypt': 1,
      'DynamoDB.PutItem': 2,
      'DynamoDB.BatchGetItem': 1,
    });
  });

  test('asks ten times more when encrypt, decrypt and the authorizer are cold', async () => {
    const { calls, coldCalls } = await ourCounts(10);
    const { 'DynamoDB.Query': slots, 'DynamoDB.GetItem': rows, ...others } = operationsOf(coldCalls);
    // Settings and a token each.
    expect([slots, rows]).toEqual([3, 6]);
    // The use of the token is noted once a day.
    expect(others).toEqual({ ...operationsOf(calls), 'DynamoDB.PutItem': 3 });
  });

  test('asks once more in the end, with a query for each shard and shared tallies', async () => {
    const { sweepCalls } = await ourCounts(10);
    expect(operationsOf(sweepCalls)).toEqual({
      'DynamoDB.Query': 64,
      'DynamoDB.DeleteItem': SWEPT_AT_ONCE,
      'DynamoDB.UpdateItem': 3,
    });
  });

  test.each(COUNTS)('asks four times a field with one item for each of %i', async (count) => {
    const { calls } = await countsOfPeer(count);
    expect(operationsOf(calls)).toEqual({
      'KMS.GenerateDataKey': count,
      'KMS.Decrypt': count,
      'DynamoDB.PutItem': count,
      'DynamoDB.GetItem': count,
    });
  });

  test('asks a sixth as often as with one item a field at 10 fields, the sweep included', async () => {
    const [{ calls, sweepCalls }, peer] = [await ourCounts(10), await countsOfPeer(10)];
    expect(peer.calls.length / (calls.length + sweepCalls.length / SWEPT_AT_ONCE)).toBeGreaterThan(6);
  });
});

function operationsOf(calls: readonly AwsCall[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
  return counts;
}
