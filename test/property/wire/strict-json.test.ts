// Strict JSON: whatever passes is what JSON.parse gives, and what JSON.parse would change without a word is refused.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_JSON_DEPTH } from '../../../wire/limits.ts';
import { parseStrictJson } from '../../../wire/strict-json.ts';
import { aCodePoint, anyText } from '../../support/texts.ts';

const NOT_JSON = { fault: 'the body is not JSON', paths: [] };
const PIECES = ['{', '}', '[', ']', ':', ',', '"', '\\', '\\"', '\\u', 'd800', '"a"', '"__proto__"', ' ', '\n', '1'];
const MORE_PIECES = ['-', '0', '.5', 'e9', 'E+99', 'true', 'null', '\\u0061', '★', '\ud83d', '\ude00', '\u0000'];

/** What a text with this value gives. */
const accepted = (value: unknown) => ({ value, growth: expect.any(Number) });

/** Any JSON value with names as hostile as they come. */
const aValue = () =>
  fc.jsonValue({ stringUnit: aCodePoint, depthSize: 'medium' }).map((value) => withoutNegativeZero(value));

describe('every JSON value', () => {
  test('comes through as JSON.parse gives it, however it is spaced', () => {
    fc.assert(
      fc.property(aValue(), fc.constantFrom(0, 2, '\t'), (value, space) => {
        const text = JSON.stringify(value, null, space);
        expect(parseStrictJson(text)).toEqual(accepted(JSON.parse(text)));
      }),
      { numRuns: 500 },
    );
  });

  test('comes back as the text that it was', () => {
    fc.assert(
      fc.property(aValue(), (value) => {
        const parsed = parseStrictJson(JSON.stringify(value));
        expect('value' in parsed && JSON.stringify(parsed.value)).toBe(JSON.stringify(value));
      }),
    );
  });

  test('comes through with every character of its strings escaped', () => {
    fc.assert(
      fc.property(anyText(), (text) => {
        const units = Array.from({ length: text.length }, (_, i) => text.charCodeAt(i).toString(16).padStart(4, '0'));
        expect(parseStrictJson(`"${units.map((unit) => `\\u${unit}`).join('')}"`)).toEqual(accepted(text));
      }),
    );
  });
});

describe('a text of any kind', () => {
  const aText = () =>
    fc.oneof(
      anyText(),
      fc.string({ unit: 'binary-ascii' }),
      fc.array(fc.constantFrom(...PIECES, ...MORE_PIECES), { maxLength: 25 }).map((pieces) => pieces.join('')),
      fc.json({ stringUnit: aCodePoint }).chain((json) => cutOrDoubled(json)),
    );

  test('never makes it throw, and is called broken exactly when JSON.parse calls it so', () => {
    fc.assert(
      fc.property(aText(), (text) => {
        const parsed = parseStrictJson(text);
        const isBroken = 'fault' in parsed && parsed.fault === NOT_JSON.fault;
        expect(isBroken).toBe(parsedByEverybody(text) === undefined);
      }),
      { numRuns: 3000 },
    );
  });

  test('that passes has the value that JSON.parse gives it', () => {
    fc.assert(
      fc.property(aText(), (text) => {
        const parsed = parseStrictJson(text);
        if ('value' in parsed) expect({ value: parsed.value }).toEqual(parsedByEverybody(text));
      }),
      { numRuns: 1000 },
    );
  });

  test('that is JSON is refused only for a documented reason', () => {
    fc.assert(
      fc.property(aText(), (text) => {
        const parsed = parseStrictJson(text);
        if ('fault' in parsed && parsed.fault !== NOT_JSON.fault) {
          expect(parsed.fault).toMatch(/half a surrogate pair|same name twice|inside one another|as it was written/);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a name twice in one object', () => {
  const twice = { fault: expect.stringContaining('same name twice') };

  test('is refused, wherever the object is and whatever stands between', () => {
    fc.assert(
      fc.property(anyText(), aValue(), fc.array(aValue()), (name, value, between) => {
        const text = JSON.stringify(name);
        const others = between.map((other, i) => `"${name.length}-${i}-other":${JSON.stringify(other)},`).join('');
        const object = `{${text}:${JSON.stringify(value)},${others}${text}:1}`;
        expect(parseStrictJson(object)).toMatchObject(twice);
        expect(parseStrictJson(`[1,{"a":${object}}]`)).toMatchObject(twice);
      }),
    );
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":1}',
    '{"__proto__":1,"__proto__":1}',
    '{"":1,"":2}',
    '{"a" :1,"a"\n\t:2}',
    '{"a":{"a":1},"a":2}',
    '{"a":["a","a"],"b":1,"a":2}',
    '{"\\"":1,"\\"":2}',
    '{"\\\\":1,"\\\\":2}',
    // The value that is not kept could be mistaken for a part of the other one.
    '{"a":["x"],"a":"\\ud83d\\ude00"}',
    '{"a":[[0.30000000000000004]],"a":[1]}',
    '{"a":[0.30000000000000004,1e5],"a":[1,2]}',
  ])('is refused in %s', (text) => {
    expect(parseStrictJson(text)).toMatchObject(twice);
  });

  test.each(['{"a":"a"}', '["a","a"]', '[{"a":1},{"a":1}]', '{"a":{"a":1}}', '{"a":1,"A":1}', '{"a:":1,"a":":"}'])(
    'is not what %s has',
    (text) => {
      expect(parseStrictJson(text)).toEqual(accepted(JSON.parse(text)));
    },
  );
});

test('a name with escapes that JSON.parse takes for another one is refused, and never changed', () => {
  const sent = ['\\n', 'a\\n', '\\u0061', 'n\\u00e9'];
  for (const [i, raw] of sent.entries()) {
    const name = String(JSON.parse(`"${raw}"`));
    const before = JSON.stringify({ [`x${i}`]: {}, [raw.slice(0, name.length)]: {} });
    for (let round = 0; round < 5; round += 1) parseStrictJson(before);
    const parsed = parseStrictJson(`{"x${i}":{},"${raw}":{}}`);
    if ('value' in parsed) expect(Object.keys(parsed.value as object)).toEqual([`x${i}`, name]);
    else expect(parsed.fault).toContain('without escapes');
  }
});

describe('nesting', () => {
  test(`of ${MAX_JSON_DEPTH} passes and of one more does not, whatever it is made of`, () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: MAX_JSON_DEPTH, maxLength: MAX_JSON_DEPTH }), (kinds) => {
        const nested = (inner: string) =>
          kinds.reduce((text, isList) => (isList ? `[${text}]` : `{"a":${text}}`), inner);
        expect(parseStrictJson(nested('1'))).toHaveProperty('value');
        expect(parseStrictJson(nested('[]'))).toMatchObject({ fault: expect.stringContaining('more than 64') });
        expect(parseStrictJson(nested('{}'))).toMatchObject({ fault: expect.stringContaining('more than 64') });
      }),
    );
  });

  test('without end is refused, not run out of stack', () => {
    const levels = 500_000;
    expect(parseStrictJson('['.repeat(levels) + ']'.repeat(levels))).toHaveProperty('fault');
    expect(parseStrictJson('['.repeat(levels))).toEqual(NOT_JSON);
    expect(parseStrictJson('{"a":'.repeat(levels))).toEqual(NOT_JSON);
  });

  test('inside a text is a text', () => {
    const text = JSON.stringify('['.repeat(1000));
    expect(parseStrictJson(text)).toEqual(accepted('['.repeat(1000)));
  });
});

describe('numbers', () => {
  test('that a double holds come through, in every way of writing them', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const [mantissa = '', power = ''] = number.toExponential().split('e');
        const digits = mantissa.includes('.') ? mantissa : `${mantissa}.0`;
        for (const text of [String(number), `${mantissa}e${power}`, `${mantissa}E${power}`, `${digits}000e${power}`]) {
          expect(parseStrictJson(text)).toEqual(accepted(JSON.parse(text)));
        }
      }),
    );
  });

  test('that are whole and safe come through with zeros behind the point', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.nat(30), (number, zeros) => {
        const text = `${number}.0${'0'.repeat(zeros)}`;
        expect(parseStrictJson(text)).toEqual(accepted(JSON.parse(text)));
      }),
    );
  });

  test('pass exactly when their decimal value is that of the shortest text of their double', () => {
    const ofAnySize = fc.stringMatching(/^-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?$/);
    // Doubles hold 15 digits from 1e-307 to 1e308, fewer below and none above.
    const atTheEnds = fc.stringMatching(/^-?[1-9]\.[0-9]{13,15}0{0,3}e(30[6-9]|-30[5-9]|-32[0-4])$/);
    fc.assert(
      fc.property(fc.oneof(ofAnySize, atTheEnds, nearDouble()), (text) => {
        const printed = String(Number(text));
        const isFaithful = /^-?Infinity$/.test(printed) ? false : sameDecimal(text, printed);
        expect('value' in parseStrictJson(text)).toBe(isFaithful);
      }),
      { numRuns: 5000 },
    );
  });

  test('of as many digits as the shortest text of their double differ from it in the last digit only', () => {
    fc.assert(
      fc.property(nearDouble(), (text) => {
        const [written, printed] = [significantDigits(text), significantDigits(String(Number(text)))];
        fc.pre(written.length === printed.length && Number.isFinite(Number(text)));
        expect(written.slice(0, -1)).toBe(printed.slice(0, -1));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    '9007199254740993',
    '12345678901234567890123',
    '0.1000000000000000055511151231257827',
    '1e400',
    '-1e400',
    '1e-400',
    '3.141592653589793238462643383279',
    '1e999999999999999999999',
  ])('like %s would come back as others, and are refused', (text) => {
    expect(parseStrictJson(`{"a":[${text}]}`)).toMatchObject({ fault: expect.stringContaining('as it was written') });
  });

  test.each(['0', '-1', '1.50', '1e2', '1E+2', '100e-2', '0e999', '0.000', '5e-324', '1.7976931348623157e308', '1e21'])(
    'like %s are the same number when they come back',
    (text) => {
      expect(parseStrictJson(text)).toEqual(accepted(Number(text)));
    },
  );

  test('print at most as many bytes longer as the growth says, which is 0 without an exponent', () => {
    const aNumber = fc.oneof(
      nearDouble(),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map(String),
      fc.tuple(fc.integer(), fc.integer({ min: -330, max: 310 })).map(([digits, exponent]) => `${digits}e${exponent}`),
    );
    fc.assert(
      fc.property(fc.array(aNumber), aValue(), (numbers, value) => {
        const text = `[${[...numbers, JSON.stringify(value)].join(' ,')}]`;
        const parsed = parseStrictJson(text);
        if ('fault' in parsed) return;
        const printedBytes = Buffer.byteLength(JSON.stringify(parsed.value));
        expect(printedBytes).toBeLessThanOrEqual(Buffer.byteLength(text) + parsed.growth);
        if (!/[\d.]e/i.test(text)) expect(parsed.growth).toBe(0);
      }),
      { numRuns: 1000 },
    );
  });

  test('inside a text are text', () => {
    expect(parseStrictJson('{"9007199254740993":"9007199254740993"}')).toHaveProperty('value');
  });
});

describe('half a surrogate pair', () => {
  const half = { fault: expect.stringContaining('half a surrogate pair') };
  const aHalf = () => fc.integer({ min: 0xd800, max: 0xdfff });

  test('is refused, escaped or not, in values and in names', () => {
    fc.assert(
      fc.property(aHalf(), fc.boolean(), (unit, isEscaped) => {
        const char = isEscaped ? `\\u${unit.toString(16)}` : String.fromCharCode(unit);
        for (const text of [`"${char}"`, `["x${char}y"]`, `{"${char}":1}`, `{"a":{"b":"${char}"}}`]) {
          expect(parseStrictJson(text)).toMatchObject(half);
        }
      }),
    );
  });

  test('is refused in the wrong order, and next to a whole one', () => {
    expect(parseStrictJson('"\\ude00\\ud83d"')).toMatchObject(half);
    expect(parseStrictJson('"\ud83d\ude00\ud83d"')).toMatchObject(half);
    expect(parseStrictJson('"\\ud83d\\ude00\\ude00"')).toMatchObject(half);
  });

  test('is none when both halves are there, even written in two ways', () => {
    expect(parseStrictJson('"\ud83d\\ude00"')).toEqual(accepted('😀'));
    expect(parseStrictJson('"\\ud83d\ude00"')).toEqual(accepted('😀'));
    expect(parseStrictJson('"\\\\ud83d"')).toEqual(accepted('\\ud83d'));
  });
});

describe('a fault', () => {
  const CANARY = 'tulip-4711';

  test('says what and where, and never holds anything of the text', () => {
    fc.assert(
      fc.property(aValue(), (value) => {
        const json = JSON.stringify(value);
        const faulty = [
          `{"${CANARY}":${json},"${CANARY}":1}`,
          `["${CANARY}",${json},"\\ud800${CANARY}"]`,
          `["${CANARY}",9007199254740993,${json}]`,
          `["${CANARY}",${json},${'['.repeat(70)}"${CANARY}"${']'.repeat(70)}]`,
          `["${CANARY}",${json}`,
          `{${CANARY}:${json}}`,
          `${CANARY}${json}`,
        ];
        for (const text of faulty) {
          const parsed = parseStrictJson(text);
          if (!('fault' in parsed)) throw new Error('a faulty text has passed');
          expect(parsed.fault).not.toContain('tulip');
          expect(parsed.fault).not.toContain('9007');
          expect(parsed.fault).toMatch(/^[a-z0-9 :]+$/i);
        }
      }),
    );
  });
});

describe('the path of a fault', () => {
  test('leads to it, through names and indexes', () => {
    const aName = () => fc.stringMatching(/^[a-z]{1,3}$/);
    const aKey = () => fc.oneof(aName(), fc.nat(3));
    const faulty = ['"\\ud83d"', '1e400', '{"x":1,"x":2}'];
    fc.assert(
      fc.property(fc.array(aKey(), { maxLength: 8 }), fc.constantFrom(...faulty), (keys, fault) => {
        const text = keys.reduceRight<string>(
          (inner, key) =>
            typeof key === 'number' ? `[${'"a,b",'.repeat(key)}${inner},[1,2]]` : `{"_":[0,1],"${key}":${inner}}`,
          fault,
        );
        const path = fault.startsWith('{') ? [...keys, 'x'] : keys;
        expect(parseStrictJson(text)).toMatchObject({ paths: [path.join('.')] });
      }),
    );
  });

  test('of a name that cannot be repeated is that of its object', () => {
    expect(parseStrictJson('{"a":[0,{"\\ud83d":1}]}')).toMatchObject({ paths: ['a.1'] });
  });

  test('has at most 128 characters, and is text itself', () => {
    expect(parseStrictJson(`{"${'😀'.repeat(100)}":1e400}`)).toMatchObject({ paths: ['😀'.repeat(64)] });
    expect(parseStrictJson(`{"x${'😀'.repeat(100)}":1e400}`)).toMatchObject({ paths: [`x${'😀'.repeat(63)}\ufffd`] });
  });
});

/** JSON knows no negative zero: `JSON.stringify` has lost its sign already. */
function withoutNegativeZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** What the platform's own parser says. */
function parsedByEverybody(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function cutOrDoubled(json: string): fc.Arbitrary<string> {
  return fc.oneof(
    fc.nat(json.length).map((end) => json.slice(0, end)),
    fc.nat(json.length).map((at) => json.slice(0, at) + json.slice(at + 1)),
    fc.constant(`[${json},${json}]`),
    fc.constant(`${json}${json}`),
  );
}

/** A decimal of 15 to 18 digits that is nearest to a double of any size, or one digit off, with its point anywhere. */
function nearDouble(): fc.Arbitrary<string> {
  const aDouble = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    // Powers of two have half as much room below as above; the smallest doubles hold few digits.
    fc.integer({ min: -1074, max: 1023 }).map((power) => 2 ** power),
    fc.maxSafeInteger().map((count) => count * 2 ** -1074),
    fc.nat(1_000_000).map((count) => 2 ** 53 + 2 * count),
  );
  return fc
    .tuple(aDouble, fc.constantFrom(undefined, 14, 15, 16, 17), fc.constantFrom('', ...'0123456789'), fc.nat(17))
    .map(([double, fraction, lastDigit, pointAt]) => {
      const [mantissa = '', power = '0'] = Math.abs(double).toExponential(fraction).split('e');
      const digits = mantissa.replace('.', '');
      const changed = lastDigit === '' ? digits : digits.slice(0, -1) + lastDigit;
      const whole = changed.slice(0, pointAt + 1).replace(/^0+(?=\d)/, '');
      const behind = changed.slice(pointAt + 1);
      const exponent = Number(power) - changed.slice(1, pointAt + 1).length;
      return `${double < 0 ? '-' : ''}${whole}${behind && `.${behind}`}e${exponent}`;
    });
}

/** The digits of a decimal, without zeros in front and behind. */
function significantDigits(text: string): string {
  return text.replace(/e.*$/, '').replaceAll(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
}

/** Compares two decimals as fractions of whole numbers, so exactly. */
function sameDecimal(one: string, other: string): boolean {
  const [a, b] = [fractionOf(one), fractionOf(other)];
  return (
    a.digits * 10n ** BigInt(Math.max(0, a.exponent - b.exponent)) ===
    b.digits * 10n ** BigInt(Math.max(0, b.exponent - a.exponent))
  );
}

function fractionOf(text: string): { digits: bigint; exponent: number } {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  return {
    digits: BigInt(`${whole}${fraction}`.replace('-', '')) * (text.startsWith('-') ? -1n : 1n),
    exponent: Number(exponent) - fraction.length,
  };
}
