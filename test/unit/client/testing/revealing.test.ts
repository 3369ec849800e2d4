// The matcher of the testing kit: different secrets differ, equal ones do not, and a failed assertion shows neither.

import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Sensitive } from '../../../../client/sdk/index.ts';
import { revealing, testingVault } from '../../../../client/testing/index.ts';

const END = new Date('2030-01-01T00:00:00Z');
const held = (value: unknown) => ({ email: { status: 'ok', value: new Sensitive(value, END) } });
const expected = (value: unknown) => ({ email: { status: 'ok', value: revealing(value) } });

describe('revealing', () => {
  test.each<[what: string, value: unknown]>([
    ['a text', 'maya4711'],
    ['a number', 4711],
    ['null', null],
    ['an object', { list: [1, { a: null }], name: 'maya4711' }],
  ])('matches a Sensitive that holds the same: %s', (_, value) => {
    expect(held(value)).toEqual(expected(structuredClone(value)));
    expect(held(value)).toStrictEqual(expected(value));
    expect(held(value)).toMatchObject(expected(value));
  });

  test.each<[actual: unknown, other: unknown]>([
    ['maya4711', 'ada4712'],
    ['1', 1],
    [{ a: 1 }, { a: 1, b: undefined }],
    [
      [1, 2],
      [2, 1],
    ],
    [null, undefined],
  ])('does not match one that holds something else: %j and %j', (actual, other) => {
    expect(held(actual)).not.toEqual(expected(other));
  });

  test('does not match plaintext, stars or a copy', () => {
    const wrapped = new Sensitive('maya4711', END);
    for (const other of ['maya4711', '★★★★★', structuredClone(wrapped), { ...wrapped }, undefined, null]) {
      expect({ value: other }).not.toEqual({ value: revealing('maya4711') });
    }
  });

  test('takes another matcher', () => {
    expect(held('maya@example.org')).toEqual(expected(expect.stringContaining('@')));
    expect(held('maya')).not.toEqual(expected(expect.stringContaining('@')));
  });

  test('shows neither value when an assertion fails', () => {
    let error: unknown;
    try {
      expect(held('maya4711')).toEqual(expected('ada4712'));
    } catch (thrown) {
      error = thrown;
    }
    const shown = inspect(error, { depth: 9, showHidden: true });
    expect(shown).toContain('AssertionError');
    expect(shown).not.toMatch(/maya4711|ada4712/);
    const matcher = revealing('ada4712');
    expect([matcher.toAsymmetricMatcher(), `${matcher}`]).toEqual(['revealing ★★★★★', 'revealing ★★★★★']);
    expect(matcher.$$typeof).toBe(Symbol.for('jest.asymmetricMatcher'));
  });

  test('matches what a vault opened', async () => {
    const vault = await testingVault({ apps: { shop: { integrations: { desk: { kind: 'customer-support' } } } } });
    const desk = vault.as('shop', 'desk');
    const { refs } = await desk.encrypt({ email: 'maya@example.org' });
    expect(await desk.decrypt(refs)).toEqual(expected('maya@example.org'));
  });
});
