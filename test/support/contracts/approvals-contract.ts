// What every store of approvals does.

import { beforeAll, describe, expect, test } from 'vitest';
import { approvalId } from '../../../vault/domain/console/approval.ts';
import type { Approvals, ApprovalTaker, AskedReveal } from '../../../vault/ports/approvals.ts';

const NOW_S = 1_790_000_000;
const ADA = { subject: 'person-17', name: 'ada@example.org' };
const BOB = { subject: 'person-18', name: 'bob@example.org' };
const CY = { subject: 'person-19', name: 'cy@example.org' };
const FIELD = 'AAAAAAAAAAAAAAAAAAAA:0';
const ID = approvalId(FIELD, ADA.subject);

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function approvalsContract(name: string, make: () => Promise<Approvals & ApprovalTaker>): void {
  describe(`${name} as a store of approvals`, () => {
    let store: Approvals & ApprovalTaker;
    let apps = 0;
    /** A request of Ada's, in an app that no other test uses. */
    const ask = async (parts: Partial<AskedReveal> = {}): Promise<AskedReveal> => {
      apps += 1;
      const asked = {
        app: `app-${apps}`,
        id: ID,
        person: ADA,
        reason: 'A customer asks',
        ticket: 'INC-1',
        position: '1790000000000#AAAAAAAAAAAAAAAA',
        field: 0,
        pointer: '/data/email',
        askedAtS: NOW_S,
        endsAtS: NOW_S + 3600,
        ...parts,
      };
      await store.ask(asked);
      return asked;
    };
    beforeAll(async () => {
      store = await make();
    });

    test('a request waits until it ends, and then asks no one', async () => {
      const asked = await ask();
      expect(await store.asked(asked.app, NOW_S + 3599)).toEqual([asked]);
      expect(await store.asked(asked.app, NOW_S + 3600)).toEqual([]);
      expect(await store.approve(asked, BOB, NOW_S + 3600)).toBe(false);
    });

    test('one other person approves it, and the person who asked never does', async () => {
      const asked = await ask();
      expect(await store.approve(asked, ADA, NOW_S)).toBe(false);
      expect(await store.take(asked.app, ID, ADA, NOW_S)).toBeUndefined();
      expect([await store.approve(asked, BOB, NOW_S), await store.approve(asked, CY, NOW_S)]).toEqual([true, false]);
      expect(await store.approve(asked, BOB, NOW_S), 'again').toBe(true);
      expect(await store.asked(asked.app, NOW_S)).toMatchObject([{ person: ADA, approver: BOB }]);
    });

    test('of many people who approve it at once one has approved it', async () => {
      const asked = await ask();
      const people = Array.from({ length: 12 }, (_, number) => ({ subject: `one-${number}`, name: `One ${number}` }));
      const approved = await Promise.all(people.map((person) => store.approve(asked, person, NOW_S)));
      expect(approved.filter(Boolean)).toHaveLength(1);
      expect(await store.asked(asked.app, NOW_S)).toMatchObject([{ approver: people[approved.indexOf(true)] }]);
    });

    test('of many requests for one value at once one waits, and stays as it is', async () => {
      const { app } = await ask({ endsAtS: NOW_S });
      const later = Array.from({ length: 12 }, (_, number) => ({ reason: `Reason ${number}`, endsAtS: NOW_S + 3600 }));
      const first = await ask();
      await Promise.all(later.map((parts) => store.ask({ ...first, ...parts, app })));
      const [waiting, ...others] = await store.asked(app, NOW_S);
      expect(others).toEqual([]);
      expect(later.map(({ reason }) => reason)).toContain(waiting?.reason);
    });

    test('an approval is good for one reveal of the person who asked, also when many come at once', async () => {
      const asked = await ask();
      const { app } = asked;
      await store.approve(asked, BOB, NOW_S);
      expect(await store.take(app, ID, CY, NOW_S)).toBeUndefined();
      const taken = await Promise.all(Array.from({ length: 12 }, () => store.take(app, ID, ADA, NOW_S)));
      expect(taken.filter((each) => each !== undefined)).toEqual([
        { approver: BOB, reason: 'A customer asks', ticket: 'INC-1' },
      ]);
    });

    test('an approval ends with its request', async () => {
      const asked = await ask({ ticket: undefined });
      const { app } = asked;
      await store.approve(asked, BOB, NOW_S);
      expect(await store.take(app, ID, ADA, NOW_S + 3600)).toBeUndefined();
      expect(await store.take(app, ID, ADA, NOW_S + 3599)).toEqual({ approver: BOB, reason: 'A customer asks' });
    });

    test('asking again changes nothing that someone may have read, and is a new request after the end', async () => {
      const asked = await ask();
      await store.ask({ ...asked, reason: 'Something else' });
      expect(await store.asked(asked.app, NOW_S)).toEqual([asked]);
      const later = { ...asked, reason: 'Something else', askedAtS: NOW_S + 3600, endsAtS: NOW_S + 7200 };
      await store.ask(later);
      expect(await store.asked(asked.app, NOW_S + 3600)).toEqual([later]);
    });

    test('an approval of a request that has ended, or was used, approves no later one with another reason', async () => {
      const first = await ask();
      const second = { ...first, reason: 'Something else', askedAtS: NOW_S + 3600, endsAtS: NOW_S + 7200 };
      await store.ask(second);
      expect(await store.approve(first, BOB, NOW_S + 3600)).toBe(false);
      expect(await store.approve(second, BOB, NOW_S + 3600)).toBe(true);
      expect(await store.take(first.app, ID, ADA, NOW_S + 3600)).toMatchObject({ reason: 'Something else' });
      const third = { ...second, reason: 'A third reason', askedAtS: NOW_S + 3601 };
      await store.ask(third);
      expect(await store.approve(second, BOB, NOW_S + 3601)).toBe(false);
      expect(await store.asked(first.app, NOW_S + 3601)).toEqual([third]);
    });

    test('nothing is approved that was not asked for, nor in another app', async () => {
      const asked = await ask();
      const id = approvalId('BBBBBBBBBBBBBBBBBBBB:0', ADA.subject);
      expect(await store.approve({ ...asked, app: 'another' }, BOB, NOW_S)).toBe(false);
      expect(await store.approve({ ...asked, id }, BOB, NOW_S)).toBe(false);
      expect(await store.take('another', ID, ADA, NOW_S)).toBeUndefined();
    });
  });
}
