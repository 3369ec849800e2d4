// Opening an entry on its way out: values or stars in the place of refs, one pass.

import { describe, expect, test } from 'vitest';
import { isDaykeyError } from '../../../../../vault/domain/errors.ts';
import { applyOpened, findRefs } from '../../../../../vault/domain/policy/opening.ts';
import { MAX_ENTRY_PARTS, MAX_JSON_DEPTH } from '../../../../../wire/limits.ts';
import type { RedactAs } from '../../../../../wire/outgoing.ts';
import { aRef, frozen } from '../../../../support/entries.ts';

const NOTHING = new Map<string, unknown>();

describe('refs', () => {
  test('are found wherever they stand, each with its pointer', () => {
    const entry = { $sensitive: undefined as unknown };
    const value = { a: [aRef(1), { 'b/c': aRef(2) }], d: 'text', e: { f: aRef(3) } };
    expect(findRefs(value)).toEqual([
      { pointer: '/a/0', ref: aRef(1).$sensitive },
      { pointer: '/a/1/b~1c', ref: aRef(2).$sensitive },
      { pointer: '/e/f', ref: aRef(3).$sensitive },
    ]);
    expect(findRefs(aRef(4))).toEqual([{ pointer: '', ref: aRef(4).$sensitive }]);
    expect(() => findRefs(entry)).toThrow('must hold a ref');
  });

  test('are never bare strings, names or anything else', () => {
    const { $sensitive: ref } = aRef();
    for (const value of [ref, [ref], { [ref]: ref }, { sensitive: ref }, '{"$sensitive":"x"}', 7, null]) {
      expect(findRefs(value)).toEqual([]);
      expect(withOpened(value, NOTHING)).toBe(value);
    }
  });

  test('that hold any other text are found, to be redacted like refs that have expired', () => {
    expect(findRefs([{ $sensitive: 'no ref' }])).toEqual([{ pointer: '/0', ref: 'no ref' }]);
  });

  test('that are forged are refused with their place', () => {
    for (const forged of [{ $sensitive: 7 }, { ...aRef(), a: 1 }, { $sensitive: aRef() }]) {
      expect(thrown(() => findRefs({ a: [forged] }))).toMatchObject({ code: 'ref-not-allowed', paths: ['/a/0'] });
    }
  });

  test('are found 64 levels deep; 65 levels are refused', () => {
    expect(findRefs(under(MAX_JSON_DEPTH - 1))).toHaveLength(1);
    expect(thrown(() => findRefs(under(MAX_JSON_DEPTH)))).toMatchObject({ code: 'invalid-request' });
  });

  test('are found up to 1,024; one more is refused', () => {
    const refs = (count: number) => Array.from({ length: count }, aRef);
    expect(findRefs(refs(MAX_ENTRY_PARTS))).toHaveLength(MAX_ENTRY_PARTS);
    expect(thrown(() => findRefs(refs(MAX_ENTRY_PARTS + 1)))).toMatchObject({ code: 'too-large' });
  });

  // Each pointer repeats the name: 600 KB of JSON once made answers of 51 MB.
  test.each([20_000, 600_000])(
    'below a name of %i characters are refused before their pointers are built',
    (length) => {
      const value = { ['n'.repeat(length)]: Array.from({ length: MAX_ENTRY_PARTS }, aRef) };
      expect(thrown(() => findRefs(value))).toMatchObject({ code: 'too-large' });
    },
  );
});

describe('what is opened', () => {
  const entry = frozen({ type: 't', data: { a: aRef(1), b: [aRef(2)], c: 'clear' } });

  test('takes the place of its ref, and all other refs are redacted', () => {
    const opened = new Map<string, unknown>([['/data/b/0', { name: 'Maya' }]]);
    expect(withOpened(entry, opened)).toEqual({ type: 't', data: { a: '★★★★★', b: [{ name: 'Maya' }], c: 'clear' } });
  });

  test.each([
    ['string', '★★★★★', '★★★★★'],
    ['null', null, null],
    ['ref', aRef(1), aRef(2)],
  ] as const)('leaves redacted ones as %s', (redactAs, a, b) => {
    expect(withOpened(entry, NOTHING, redactAs)).toEqual({ type: 't', data: { a, b: [b], c: 'clear' } });
  });

  test('may be null or nothing', () => {
    const opened = new Map<string, unknown>([
      ['/data/a', null],
      ['/data/b/0', undefined],
    ]);
    expect(withOpened(entry, opened)).toEqual({ type: 't', data: { a: null, b: [undefined], c: 'clear' } });
  });

  test('is never looked into for more refs', () => {
    const inside = { x: aRef(3), y: { $sensitive: 7 }, z: deep(100) };
    for (const redactAs of ['string', 'null', 'ref'] as const) {
      const opened = withOpened(entry, new Map<string, unknown>([['/data/a', inside]]), redactAs);
      expect(opened).toMatchObject({ data: { a: { x: aRef(3), y: { $sensitive: 7 } } } });
    }
  });

  test('goes only where a ref is', () => {
    for (const pointer of ['/data/c', '/data', '/data/a/$sensitive', '/data/d', '']) {
      expect(() => withOpened(entry, new Map([[pointer, 'x']]))).toThrow('no ref at');
    }
  });

  test('may be the whole value', () => {
    expect(withOpened(aRef(), new Map([['', 'x']]))).toBe('x');
    expect(withOpened(aRef(), NOTHING)).toBe('★★★★★');
  });

  test('becomes a member called __proto__ where the ref was one', () => {
    const value = JSON.parse(`{"__proto__":${JSON.stringify(aRef())},"b":1}`);
    const opened = withOpened(value, new Map([['/__proto__', { polluted: 1 }]])) as object;
    expect(JSON.stringify(opened)).toBe('{"__proto__":{"polluted":1},"b":1}');
    expect(Object.getPrototypeOf(opened)).toBe(Object.prototype);
    expect('polluted' in opened).toBe(false);
  });
});

function withOpened(value: unknown, values: ReadonlyMap<string, unknown>, redactAs: RedactAs = 'string'): unknown {
  return applyOpened(value, findRefs(value), values, redactAs);
}

function thrown(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    if (isDaykeyError(error)) return error;
    throw error;
  }
  return undefined;
}

function under(levels: number): unknown {
  let value: unknown = aRef();
  for (let level = 0; level < levels; level += 1) value = { a: value };
  return value;
}

function deep(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
