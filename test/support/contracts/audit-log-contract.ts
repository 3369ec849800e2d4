// What every audit log does, whatever is behind it.

import { beforeAll, describe, expect, test } from 'vitest';
import type { AuditIntent, AuditLog, AuditTrail, RevealTrail } from '../../../vault/ports/audit-log.ts';

const NOON_MS = Date.UTC(2027, 0, 15, 12);
const DAY_MS = 24 * 3600 * 1000;

/** An intent at {@link NOON_MS}, with changes. */
export function anIntent(parts: Partial<AuditIntent> = {}): AuditIntent {
  return {
    app: 'shop',
    integration: 'desk',
    credential: 'token/0123456789ab',
    operation: 'decrypt',
    requestId: 'a-request',
    atMs: NOON_MS,
    refs: ['AAAAAAAAAAAAAAAAAAA:0'],
    count: 1,
    ...parts,
  };
}

/** Registers the contract's tests. `make` is called once; every test uses its own app. */
export function auditLogContract(name: string, make: () => Promise<AuditLog & AuditTrail & RevealTrail>): void {
  describe(`${name} as an audit log`, () => {
    let log: AuditLog & AuditTrail & RevealTrail;
    let apps = 0;
    const anApp = () => {
      apps += 1;
      return `app-${apps}`;
    };
    const read = async (app: string, fromMs = 0, untilMs = NOON_MS + 10 * DAY_MS) => {
      const intents: AuditIntent[] = [];
      for await (const intent of log.intents(app, Math.max(fromMs, NOON_MS - 10 * DAY_MS), untilMs)) {
        intents.push(intent);
      }
      return intents;
    };
    beforeAll(async () => {
      log = await make();
    });

    test('has no intents of an app that opened nothing', async () => {
      expect(await read(anApp())).toEqual([]);
    });

    test('gives back a reveal among all else, with person, reason, ticket and approver', async () => {
      const app = anApp();
      const person = { subject: 'person-17', name: 'ada@example.org' };
      const revealed = { integration: 'console', operation: 'reveal', credential: 'person/person-17' } as const;
      const reveal = anIntent({
        app,
        ...revealed,
        requestId: 'b',
        reveal: { person, reason: 'She asked', ticket: 'INC-1' },
      });
      const approver = { subject: 'person-18', name: 'bob@example.org' };
      const without = anIntent({
        app,
        ...revealed,
        requestId: 'c',
        atMs: NOON_MS + 1,
        reveal: { person, reason: 'Again', approver },
      });
      const other = anIntent({ app, atMs: NOON_MS - 1 });
      for (const intent of [reveal, without, other]) await log.record(intent);
      expect(await read(app)).toEqual([other, reveal, without]);
      expect(await log.reveals({ app, day: '2027-01-15', limit: 10 })).toEqual([without, reveal]);
      expect(await log.reveals({ app, day: '2027-01-16', limit: 10 })).toEqual([]);
      expect(await log.reveal(app, NOON_MS, 'b')).toEqual(reveal);
      expect(await log.reveal(app, NOON_MS, 'c')).toBeUndefined();
      expect(await log.reveal(app, NOON_MS - 1, 'a-request')).toBeUndefined();
    });

    test('pages through the reveals of a day, newest first, without losing or repeating one', async () => {
      const app = anApp();
      const reveal = { person: { subject: 'person-17', name: 'ada@example.org' }, reason: 'She asked' };
      const names = Array.from({ length: 7 }, (_, number) => `reveal-${number}`);
      // Several of one millisecond.
      const at = (number: number) => NOON_MS + Math.floor(number / 3);
      for (const [number, requestId] of names.entries()) {
        await log.record(anIntent({ app, operation: 'reveal', requestId, atMs: at(number), reveal }));
      }
      const seen: AuditIntent[] = [];
      for (let page = 0; page < 4; page += 1) {
        const found = await log.reveals({ app, day: '2027-01-15', before: seen.at(-1), limit: 3 });
        expect(found).toHaveLength([3, 3, 1, 0][page] ?? 0);
        seen.push(...found);
      }
      expect(seen.map(({ requestId }) => requestId)).toEqual(names.toReversed());
    });

    test('gives back what was recorded, of the one app', async () => {
      const app = anApp();
      const intent = anIntent({ app, refs: ['AAAAAAAAAAAAAAAAAAA:0', 'BBBBBBBBBBBBBBBBBBB:63'], count: 3 });
      await log.record(intent);
      await log.record(anIntent({ app: anApp() }));
      expect(await read(app)).toEqual([intent]);
    });

    test('gives the oldest first, over many requests and several days', async () => {
      const app = anApp();
      const days = [2, 0, 1].flatMap((day) => Array.from({ length: 20 }, (_, number) => ({ day, number })));
      const intents = days.map(({ day, number }) =>
        anIntent({ app, requestId: `${day}-${number}`, atMs: NOON_MS + day * DAY_MS + ((number * 7) % 20) * 1000 }),
      );
      await Promise.all(intents.map((intent) => log.record(intent)));
      expect(await read(app)).toEqual(intents.toSorted((one, other) => one.atMs - other.atMs));
    });

    test('gives the intents from one instant up to, not including, another', async () => {
      const app = anApp();
      for (const offset of [-1, 0, 1, 2]) {
        await log.record(anIntent({ app, requestId: `at ${offset}`, atMs: NOON_MS + offset }));
      }
      const found = await read(app, NOON_MS, NOON_MS + 2);
      expect(found.map(({ requestId }) => requestId)).toEqual(['at 0', 'at 1']);
    });

    test('keeps two requests of one millisecond apart', async () => {
      const app = anApp();
      await Promise.all(['one', 'other'].map((requestId) => log.record(anIntent({ app, requestId }))));
      expect((await read(app)).map(({ requestId }) => requestId).toSorted()).toEqual(['one', 'other']);
    });
  });
}
