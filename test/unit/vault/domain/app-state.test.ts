// The states of an app: one that vanished or retires comes back as it was, for as long as it may.

import { describe, expect, test } from 'vitest';
import { MAX_ENDED, newRecord, RESTORABLE_S, RETIRED } from '../../../../vault/domain/app-record.ts';
import {
  detachRecord,
  endRecord,
  isBeingDestroyed,
  isEnding,
  isPastReturn,
  LONGEST_RUN_S,
  retireRecord,
  withoutRemains,
} from '../../../../vault/domain/app-state.ts';
import { changed, lab, NOW_S, settled, web } from '../../../support/app-records.ts';

describe('an app that vanished from the settings', () => {
  const DAY_S = 24 * 3600;

  test('comes back as it was, with whatever of its integrations is listed again', () => {
    const before = settled({ web, lab });
    const detached = detachRecord(before, NOW_S);
    expect(detached).toMatchObject({ settings: { state: 'detached' }, sinceS: NOW_S, generations: before.generations });
    const back = changed(detached, { web, bot: lab }, NOW_S + DAY_S);
    expect(back).toMatchObject({ settings: { state: 'live' }, sinceS: 0 });
    expect(back.generations.web).toBe(before.generations.web);
    expect(Object.keys(back.generations)).toEqual(['web', 'bot']);
  });

  test.each([
    [54.75 * 3600 - 1, true],
    [54.75 * 3600, false],
  ])('is the same one until every value that it had is gone: %i seconds later %s', (laterS, isSame) => {
    const before = settled({ web });
    const back = changed(detachRecord(before, NOW_S), { web }, NOW_S + laterS);
    expect(back.generations.web === before.generations.web).toBe(isSame);
  });

  test('twice stays what it was the first time', () => {
    const detached = detachRecord(settled({ web }), NOW_S);
    expect(detachRecord(detached, NOW_S + 60)).toBe(detached);
  });
});

describe('an app that retires', () => {
  test('has no trust any more, and can be taken back as it was for an hour', () => {
    const before = settled({ web, lab });
    const retired = retireRecord(before, NOW_S);
    expect(retired).toMatchObject({ generations: {}, digest: RETIRED, sinceS: NOW_S, settings: { state: 'retired' } });
    expect(changed(retired, { web, lab }, NOW_S + RESTORABLE_S - 1).generations).toEqual(before.generations);
    expect(isPastReturn(retired, NOW_S + RESTORABLE_S - 1)).toBe(false);
    expect(isPastReturn(retired, NOW_S + RESTORABLE_S)).toBe(true);
    expect(changed(retired, { web, lab }, NOW_S + RESTORABLE_S).generations.web).not.toBe(before.generations.web);
  });

  test('is another one with other settings', () => {
    const before = settled({ web, lab });
    expect(changed(retireRecord(before, NOW_S), { web }).generations.web).not.toBe(before.generations.web);
  });

  test('twice stays what it was the first time, and a gone one stays gone', () => {
    const retired = retireRecord(settled({ web }), NOW_S);
    expect(retireRecord(retired, NOW_S + 60)).toBe(retired);
    const gone = endRecord(retired, NOW_S);
    expect([retireRecord(gone, NOW_S), detachRecord(gone, NOW_S), detachRecord(retired, NOW_S)]).toEqual([
      gone,
      gone,
      retired,
    ]);
  });

  test('whose settings cannot be read trusts no caller', () => {
    const { settings } = retireRecord(newRecord('shop'), NOW_S);
    expect(settings).toMatchObject({ app: 'shop', integrations: {}, state: 'retired' });
  });

  test('is still to come to its end, and so are a detached one and one of which something is left', () => {
    const live = settled({ web });
    const gone = endRecord(live, NOW_S);
    const records = [live, detachRecord(live, NOW_S), retireRecord(live, NOW_S), gone, withoutRemains(gone, NOW_S)];
    expect(records.map(isEnding)).toEqual([false, true, true, true, false]);
  });
});

describe('an app is being destroyed', () => {
  const live = settled({ web });

  test('once it can no longer be taken back, and not before', () => {
    const retired = retireRecord(live, NOW_S);
    expect([RESTORABLE_S - 1, RESTORABLE_S].map((laterS) => isBeingDestroyed(retired, NOW_S + laterS))).toEqual([
      false,
      true,
    ]);
    for (const record of [live, detachRecord(live, NOW_S)]) {
      expect(isBeingDestroyed(record, NOW_S + RESTORABLE_S)).toBe(false);
    }
  });

  test('until the longest run is over after nothing is left', () => {
    const gone = endRecord(live, NOW_S);
    const endS = NOW_S + 100 * LONGEST_RUN_S;
    expect(isBeingDestroyed(gone, endS)).toBe(true);
    const empty = withoutRemains(gone, endS);
    expect([endS, endS + LONGEST_RUN_S - 1, endS + LONGEST_RUN_S].map((atS) => isBeingDestroyed(empty, atS))).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('a record without settings that can be read', () => {
  const { settings: _, ...unread } = settled({ web });

  test('is ended and retired as any other, and trusts no caller', () => {
    for (const [record, state] of [
      [endRecord(unread, NOW_S), 'gone'],
      [retireRecord(unread, NOW_S), 'retired'],
      [detachRecord(unread, NOW_S), 'detached'],
    ] as const) {
      expect(record.settings).toMatchObject({ app: 'shop', integrations: {}, state });
    }
  });

  test('is neither ending, nor past its return, nor being destroyed', () => {
    expect([isEnding(unread), isPastReturn(unread, NOW_S), isBeingDestroyed(unread, NOW_S)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

test('without a digest, nothing could bring the generations of a retired app back', () => {
  expect(retireRecord({ ...settled({ web }), digest: undefined }, NOW_S).ended).toEqual([]);
});

test('a retired app remembers the generations of at most 80 integrations', () => {
  const integrations = Object.fromEntries(Array.from({ length: 90 }, (_, at) => [`i-${at}`, web]));
  const { ended } = retireRecord(settled(integrations), NOW_S);
  expect([ended.length, ended.at(-1)?.integration]).toEqual([MAX_ENDED, 'i-89']);
});

test('an app is ending while it may return, or while something of it is left', () => {
  const ended = endRecord(settled({ web }), NOW_S);
  expect([isEnding(settled({ web })), isEnding({ ...settled({ web }), hasRemains: true })]).toEqual([false, false]);
  expect([isEnding(ended), isEnding(withoutRemains(ended, NOW_S))]).toEqual([true, false]);
});

test('a retired app is being destroyed only once it can no longer return, for as long as it ends', () => {
  const retired = retireRecord(settled({ web }), NOW_S);
  expect(isBeingDestroyed(retired, NOW_S + RESTORABLE_S - 1)).toBe(false);
  expect(isBeingDestroyed(retired, NOW_S + RESTORABLE_S)).toBe(true);
  const gone = withoutRemains(endRecord(retired, NOW_S), NOW_S);
  expect(isBeingDestroyed(gone, NOW_S + LONGEST_RUN_S - 1)).toBe(true);
  expect(isBeingDestroyed(gone, NOW_S + LONGEST_RUN_S)).toBe(false);
});
