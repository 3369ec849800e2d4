// JSON text of what callers pass: as JSON.stringify gives it where nothing is lost, and refused with its path where something is.

import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DaykeyProblem, Sensitive } from '../../../../client/sdk/index.ts';
import { jsonText, objectText } from '../../../../client/sdk/json.ts';
import { MAX_JSON_DEPTH } from '../../../../wire/limits.ts';
import { parseStrictJson } from '../../../../wire/strict-json.ts';

const SECRET = 'maya4711';
const PATH = ['fields', 'v'];
const END = new Date('2030-01-01T00:00:00Z');

function problemOf(value: unknown, revealed?: Sensitive<unknown>[]): DaykeyProblem {
  try {
    jsonText(value, PATH, revealed);
  } catch (error) {
    if (error instanceof DaykeyProblem) return error;
    throw error;
  }
  throw new Error('this was taken');
}

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

class Card {
  readonly #pan = SECRET;
  get last(): string {
    return this.#pan.slice(-4);
  }
}

class Rows extends Array<number> {}

class Timed extends Date {
  readonly zone = SECRET;
}

const holding = (more: object) => Object.assign([1, 2], more);
const cycle: Record<string, unknown> = {};
cycle.self = cycle;

describe('a value that JSON keeps', () => {
  test('has the text that JSON.stringify gives, and a vault takes it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        const text = jsonText(value, PATH);
        expect(text).toBe(JSON.stringify(value));
        expect(parseStrictJson(text)).toEqual({ value: JSON.parse(text), growth: expect.any(Number) });
      }),
    );
  });

  test.each<[what: string, value: unknown, text: string]>([
    ['null', null, 'null'],
    ['a valid date', { at: new Date(0) }, '{"at":"1970-01-01T00:00:00.000Z"}'],
    ['a date of another realm', runInNewContext('new Date(0)'), '"1970-01-01T00:00:00.000Z"'],
    ['an object and an array of another realm', runInNewContext('({ a: [1, {}] })'), '{"a":[1,{}]}'],
    ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), '{"a":1}'],
    ['negative zero', -0, '0'],
    ['an extreme number', [5e-324, 1.7976931348623157e308, 1e21], '[5e-324,1.7976931348623157e+308,1e+21]'],
    ['hostile names', JSON.parse('{"__proto__":{"a":1},"constructor":2}'), '{"__proto__":{"a":1},"constructor":2}'],
    ['a member called toJSON', { toJSON: 'x' }, '{"toJSON":"x"}'],
    ['a member that is computed', Object.defineProperty({}, 'a', { enumerable: true, get: () => 1 }), '{"a":1}'],
    ['a date at the end of time', new Date(8.64e15), '"+275760-09-13T00:00:00.000Z"'],
    ['the same object twice', ((part) => [part, part])({ a: 1 }), '[{"a":1},{"a":1}]'],
    ['the reserved key, for the vault to refuse', { $sensitive: 7 }, '{"$sensitive":7}'],
  ])('%s', (_, value, text) => {
    expect(jsonText(value, PATH)).toBe(text);
  });
});

describe('a value that JSON would change is refused with its path:', () => {
  test.each<[what: string, value: unknown, below?: string]>([
    ['bytes', Buffer.from(SECRET)],
    ['a typed array', new Uint8Array(3)],
    ['an ArrayBuffer', new ArrayBuffer(3)],
    ['an invalid date', new Date('31/12/1990')],
    ['an invalid date inside', { born: [new Date(Number.NaN)] }, 'born.0'],
    ['an instance of a subclass of Date', new Timed()],
    ['an instance with private state', new Card()],
    ['an instance inside', { card: new Card() }, 'card'],
    ['a Map', new Map([['pan', SECRET]])],
    ['a Set', new Set([SECRET])],
    ['a WeakMap', new WeakMap()],
    ['a Promise', Promise.resolve(SECRET)],
    ['an Error', new Error(SECRET)],
    ['a RegExp', /maya4711/],
    ['a URL', new URL(`https://example.org/${SECRET}`)],
    ['a Blob', new Blob([SECRET])],
    ['Headers', new Headers({ a: SECRET })],
    ['a number object', Object(7)],
    ['a string object', Object(SECRET)],
    ['Math', Math],
    ['a module', globalThis.JSON],
    ['undefined', undefined],
    ['an undefined member', { a: { b: undefined } }, 'a.b'],
    ['undefined in an array', [1, undefined], '1'],
    ['a hole in an array', [[1], Array(3)], '1.0'],
    ['an array of a huge length', Array(2 ** 32 - 1), '0'],
    ['a named member of an array', { list: holding({ pan: SECRET }) }, 'list'],
    ['the match of a regular expression', /\d+/.exec('x4711')],
    ['an instance of a subclass of Array', new Rows(1, 2)],
    ['a hidden member', { a: Object.defineProperty({ b: 1 }, 'pan', { value: SECRET }) }, 'a'],
    ['a hidden member of an array', Object.defineProperty([1], 'pan', { value: SECRET })],
    ['a symbol as a name', { a: { [Symbol(SECRET)]: 1 } }, 'a'],
    ['a symbol as a name of an array', holding({ [Symbol(SECRET)]: 1 })],
    ['a symbol', { a: Symbol(SECRET) }, 'a'],
    ['a bigint', { a: [12345678901234567890n] }, 'a.0'],
    ['a function', { a: () => SECRET }, 'a'],
    ['a class', Card],
    ['NaN', { a: Number.NaN }, 'a'],
    ['Infinity', [Infinity], '0'],
    ['-Infinity', -Infinity],
    ['half a surrogate pair', { a: `${SECRET}\ud83d` }, 'a'],
    ['the other half', '\ude00'],
    ['both halves in the wrong order', '\ude00\ud83d'],
    ['a toJSON method', { a: { toJSON: () => SECRET } }, 'a.toJSON'],
    [
      'an instance with a toJSON',
      {
        a: new (class {
          toJSON() {
            return SECRET;
          }
        })(),
      },
      'a',
    ],
    ['a Sensitive', { a: new Sensitive(SECRET, END) }, 'a'],
  ])('%s', (_, value, below) => {
    const problem = problemOf(value);
    expect(problem).toMatchObject({ code: 'invalid-request', status: undefined });
    expect(problem.paths).toEqual([below === undefined ? 'fields.v' : `fields.v.${below}`]);
    expect(`${problem.message} ${problem.stack}`).not.toContain(SECRET);
    expect(problem.cause).toBeUndefined();
  });

  test('says what kind of value it is, and what to do', () => {
    expect(problemOf({ a: 1n }).detail).toBe('this bigint would change in JSON: convert it');
    expect(problemOf(new Map()).detail).toBe('this object would change in JSON: convert it');
    expect(problemOf(new Sensitive(1, END)).detail).toBe('reveal this, and name it in derivedFrom');
  });

  test.each([Map, Array, Object])('a toJSON that someone gave to all of %o changes nothing', ({ prototype }) => {
    try {
      Object.defineProperty(prototype, 'toJSON', { configurable: true, value: () => SECRET });
      expect(problemOf(prototype === Map.prototype ? new Map() : { a: ['x'] }).code).toBe('invalid-request');
    } finally {
      Reflect.deleteProperty(prototype, 'toJSON');
    }
  });

  test.each<[what: string, value: object]>([
    [
      'a getter that throws',
      Object.defineProperty({}, 'a', {
        enumerable: true,
        get: () => {
          throw new Error(SECRET);
        },
      }),
    ],
    [
      'a proxy that throws',
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new RangeError(SECRET);
          },
        },
      ),
    ],
    [
      'a revoked proxy',
      ((pair) => {
        pair.revoke();
        return pair.proxy;
      })(Proxy.revocable({}, {})),
    ],
  ])('%s', (_, value) => {
    const problem = problemOf({ inside: value });
    expect(problem).toMatchObject({ code: 'invalid-request', detail: 'unreadable', paths: ['fields.v'] });
    expect(`${problem.message} ${problem.stack}`).not.toContain(SECRET);
  });
});

describe('levels', () => {
  test(`up to ${MAX_JSON_DEPTH} with the request around them are taken, and a vault takes them`, () => {
    const text = `{"fields":{"v":${jsonText(nested(62), PATH)}}}`;
    expect(parseStrictJson(text)).toHaveProperty('value');
    expect(problemOf(nested(63))).toMatchObject({ code: 'invalid-request', detail: 'over 64 levels, or a cycle' });
    expect(jsonText(nested(63), ['entry'])).toHaveLength(126);
  });

  test('of an object that stands in 2^61 places are refused as too large, at the cost of a request', () => {
    let everywhere: unknown = 'x';
    for (let level = 0; level < 61; level += 1) everywhere = [everywhere, everywhere];
    expect(() => jsonText(everywhere, PATH, undefined, 10_000)).toThrow('too-large: over 10000 bytes of JSON');
  });

  test('of a cycle are refused in no time', () => {
    expect(problemOf(cycle).detail).toBe('over 64 levels, or a cycle');
    const both: Record<string, unknown> = {};
    Object.assign(both, { left: both, right: both });
    expect(problemOf([both]).paths[0]).toMatch(/^fields\.v\.0\.left\.left/);
  });
});

describe('a size', () => {
  test('is counted in bytes of the text, and the limit is taken', () => {
    expect(jsonText('x'.repeat(8), PATH, undefined, 10)).toHaveLength(10);
    for (const value of ['x'.repeat(9), '★★★', [1, 2, 3, 4, 5]]) {
      expect(() => jsonText(value, PATH, undefined, 10)).toThrow('too-large: over 10 bytes of JSON (fields.v)');
    }
  });

  test('has the limit of a request when none is named', () => {
    const limit = 2.75 * 1024 * 1024;
    expect(jsonText('x'.repeat(limit - 2), PATH)).toHaveLength(limit);
    expect(problemOf('x'.repeat(limit - 1))).toMatchObject({ code: 'too-large', paths: ['fields.v'] });
  });
});

describe('plaintext that is wrapped', () => {
  test('goes in as what it holds, at any place, and is collected', () => {
    const [a, b] = [new Sensitive({ deep: [1] }, END), new Sensitive('x', END)];
    const revealed: Sensitive<unknown>[] = [];
    expect(jsonText({ a, list: [b, b] }, PATH, revealed)).toBe('{"a":{"deep":[1]},"list":["x","x"]}');
    expect(revealed).toEqual([a, b, b]);
  });

  test('inside other wrapped plaintext goes in too', () => {
    const inner = new Sensitive('x', END);
    const outer = new Sensitive([inner], END);
    const revealed: Sensitive<unknown>[] = [];
    expect(jsonText(outer, PATH, revealed)).toBe('["x"]');
    expect(revealed).toEqual([outer, inner]);
  });

  test('that holds what is no JSON is refused', () => {
    expect(problemOf({ a: new Sensitive(new Map(), END) }, [])).toMatchObject({ paths: ['fields.v.a'] });
  });

  test('of another copy of the SDK is refused, not sealed as stars', async () => {
    const copy = '../../../../client/sdk/sensitive.ts?copy';
    const other = (await import(copy)) as { Sensitive: typeof Sensitive };
    expect(problemOf({ a: new other.Sensitive(SECRET, END) }, []).paths).toEqual(['fields.v.a']);
  });
});

test('an object of texts keeps their order and escapes their names', () => {
  expect(
    objectText(
      new Map([
        ['b', '1'],
        ['"\n', '[2]'],
        ['__proto__', 'null'],
      ]),
    ),
  ).toBe('{"b":1,"\\"\\n":[2],"__proto__":null}');
  expect(objectText([])).toBe('{}');
});
