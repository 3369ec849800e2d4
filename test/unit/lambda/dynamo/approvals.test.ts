// Approvals in DynamoDB keep their contract.

import { expect, test } from 'vitest';
import { approvalId } from '../../../../vault/domain/console/approval.ts';
import { approvalsContract } from '../../../support/contracts/approvals-contract.ts';
import { approvalsOn, fakeTables } from '../../../support/contracts/on-dynamo.ts';

approvalsContract('DynamoDB', () => approvalsOn(fakeTables()));

test('the sweeper leaves a request that was asked for again after its end, and deletes it once that ends', async () => {
  const store = await approvalsOn(fakeTables());
  const [firstS, againS, endS] = [1_790_000_000, 1_790_003_600, 1_790_007_200];
  const person = { subject: 'person-17', name: 'ada@example.org' };
  const asked = {
    app: 'shop',
    id: approvalId('AAAAAAAAAAAAAAAAAAAA:0', person.subject),
    person,
    reason: 'A customer asks',
    position: '1790000000000#AAAAAAAAAAAAAAAA',
    field: 0,
    pointer: '/data/email',
  };
  await store.ask({ ...asked, askedAtS: firstS, endsAtS: againS });
  const again = { ...asked, askedAtS: againS, endsAtS: endS };
  await store.ask(again);
  expect(await store.deleteEnded(againS, 100)).toBe(1);
  expect(await store.asked('shop', againS)).toEqual([again]);
  expect(await store.deleteEnded(againS, 100)).toBe(0);
  expect(await store.deleteEnded(endS, 100)).toBe(1);
  // Reading at the earlier instant shows that the row is gone, and not only past its end.
  expect(await store.asked('shop', againS)).toEqual([]);
});
