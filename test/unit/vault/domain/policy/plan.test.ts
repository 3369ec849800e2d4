// Sealing an entry: the largest parts without refs, refs from outside kept out, hostile names kept harmless.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { classify } from '../../../../../vault/domain/policy/classify.ts';
import type { Entry } from '../../../../../vault/domain/policy/entry.ts';
import { applySealed, planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { replaced, valueAt } from '../../../../../vault/domain/policy/pointer.ts';
import { MAX_JSON_DEPTH } from '../../../../../wire/limits.ts';
import {
  anEntry,
  aRef,
  aToken,
  entryFromJson,
  frozen,
  SENSITIVE_CONTEXT,
  STANDARD_POLICY,
  sealed,
} from '../../../../support/entries.ts';

describe('a plan', () => {
  test('seals each sensitive field as a whole', () => {
    const data = { text: 'Pay?', buttons: [{ text: 'Yes', style: 'bold', value: { a: [1] } }] };
    expect(plan(anEntry({ type: 'buttons.ask', data }))).toEqual([
      { pointer: '/data/text', value: 'Pay?' },
      { pointer: '/data/buttons/0/text', value: 'Yes' },
      { pointer: '/data/buttons/0/value', value: { a: [1] } },
    ]);
  });

  test('seals the largest parts that hold no ref, and leaves refs in place', () => {
    const result = { a: { b: [1, 2], c: aRef(1) }, d: { e: 'x', f: {} }, g: [aRef(2), 'y', [aRef(3)]], h: aRef(4) };
    const entry = anEntry({ type: 'component.response', data: { result } });
    expect(plan(entry, true)).toEqual([
      { pointer: '/data/result/a/b', value: [1, 2] },
      { pointer: '/data/result/d', value: { e: 'x', f: {} } },
      { pointer: '/data/result/g/1', value: 'y' },
    ]);
    expect(sealed(entry, { refsAllowed: true }).entry.data).toEqual({
      result: {
        a: { b: aRef('/data/result/a/b'), c: aRef(1) },
        d: aRef('/data/result/d'),
        g: [aRef(2), aRef('/data/result/g/1'), [aRef(3)]],
        h: aRef(4),
      },
    });
  });

  test('keeps what holds null in one piece', () => {
    const result = { a: [null, 1], b: aRef() };
    expect(plan(anEntry({ type: 'component.response', data: { result } }), true)).toEqual([
      { pointer: '/data/result/a', value: [null, 1] },
    ]);
  });

  test('of a field that is a ref has nothing to seal', () => {
    expect(plan(anEntry({ data: { text: aRef() } }), true)).toEqual([]);
    expect(plan(anEntry({ type: 'form.answer', data: { answers: aRef() } }), true)).toEqual([]);
    expect(plan(anEntry({ type: 'unheard.of', data: aRef() }), true)).toEqual([]);
  });

  test('takes a bare token, and a ref in a name, for the text that it is', () => {
    const data = { text: aToken(), [`{"$sensitive":"${aToken()}"}`]: 1, answers: 'x' };
    expect(plan(anEntry({ data }))).toEqual([{ pointer: '/data/text', value: aToken() }]);
  });

  test('of an entry that is not sensitive seals nothing', () => {
    expect(
      planSealing(anEntry(), classify(anEntry(), { thread: { mode: 'bot' } }, STANDARD_POLICY), outside()),
    ).toEqual([]);
  });

  test('is refused for a classification of another entry', () => {
    const classified = classify(anEntry(), SENSITIVE_CONTEXT, STANDARD_POLICY);
    expect(() => planSealing(anEntry({ data: {} }), classified, outside())).toThrow('nothing at /data/text');
  });
});

describe('the reserved key', () => {
  const refAt: [string, string, string][] = [
    ['in a sensitive field', '{"type":"text.say","data":{"text":REF}}', '/data/text'],
    ['in a field that is not sensitive', '{"type":"text.say","data":{"language":{"a":[1,REF]}}}', '/data/language/a/1'],
    ['outside data', '{"type":"text.say","user":{"type":"user","x~/y":REF},"data":{}}', '/user/x~0~1y'],
    ['below __proto__', '{"type":"text.say","data":{"__proto__":REF}}', '/data/__proto__'],
    ['as data', '{"type":"text.say","data":REF}', '/data'],
  ];

  test.each(refAt)('is refused from outside: %s', (_, json, path) => {
    const entry = entryFromJson(json.replace('REF', JSON.stringify(aRef())));
    expect(refusal(() => plan(entry, false))).toEqual({ code: 'ref-not-allowed', paths: [path] });
    expect(plan(entry, true)).toEqual([]);
  });

  test.each(refAt)('is refused from outside where nothing is to be sealed: %s', (_, json, path) => {
    const entry = entryFromJson(json.replace('REF', JSON.stringify(aRef())));
    const classified = { sensitive: false, rule: 'disabled', reason: 'disabled', pointers: [] } as const;
    expect(refusal(() => planSealing(entry, classified, outside()))).toEqual({
      code: 'ref-not-allowed',
      paths: [path],
    });
  });

  test.each([
    ['with another key beside it', { ...aRef(), text: 'x' }],
    ['with __proto__ beside it', JSON.parse(`{"$sensitive":"${aToken()}","__proto__":"x"}`)],
    ['with a number', { $sensitive: 7 }],
    ['with null', { $sensitive: null }],
    ['with a ref inside', { $sensitive: aRef() }],
    ['with an array', { $sensitive: [aToken()] }],
    ['with plaintext in the place of a token', { $sensitive: 'plaintext' }],
    ['with no text', { $sensitive: '' }],
    ['with a token and a blank', { $sensitive: `${aToken()} ` }],
    [
      'with a token of which one character is another',
      { $sensitive: aToken().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
    ],
  ])('is refused from everybody %s', (_, forged) => {
    for (const data of [{ text: forged }, { language: forged }, { language: [{ a: forged }] }]) {
      for (const allowed of [true, false]) {
        const { code, paths } = refusal(() => plan(anEntry({ data }), allowed)) ?? {};
        expect([code, paths?.length]).toEqual(['ref-not-allowed', 1]);
        expect(paths?.[0]).toMatch(/^\/data\/(text|language|language\/0\/a)$/);
      }
    }
  });

  test('is refused with what is wrong: its sender, or the text in it', () => {
    expect(() => plan(anEntry({ data: { text: aRef() } }), false)).toThrow('the reserved key $sensitive is not taken');
    expect(() => plan(anEntry({ data: { text: { $sensitive: 'x' } } }), true)).toThrow('$sensitive holds no token');
  });

  test('is refused without a word of what it held', () => {
    const thrown = (() => {
      try {
        return plan(anEntry({ data: { text: { $sensitive: 'a canary', b: 'a canary' } } }), true);
      } catch (error) {
        return error;
      }
    })();
    expect(JSON.stringify([thrown, String(thrown)])).not.toContain('canary');
  });

  test('in other spelling is a name like any other', () => {
    const data = { text: { $Sensitive: aToken(), ' $sensitive': 1 }, language: { sensitive: 1 } };
    expect(plan(anEntry({ data }))).toHaveLength(1);
  });
});

describe('hostile entries', () => {
  test('of 64 levels are sealed, of 65 refused with the place', () => {
    for (const kind of ['text', 'language']) {
      // The entry and its data are the first two levels.
      const at = (levels: number) => anEntry({ data: { [kind]: nested(levels - 2) } });
      expect(sealed(at(MAX_JSON_DEPTH)).values.size).toBe(kind === 'text' ? 1 : 0);
      const { code, paths } = refusal(() => plan(at(MAX_JSON_DEPTH + 1))) ?? {};
      expect(code).toBe('invalid-request');
      expect(paths).toEqual([`/data/${kind}${'/0'.repeat(MAX_JSON_DEPTH - 2)}`]);
    }
  });

  test('of 100,000 levels are refused before the stack ends', () => {
    const entry = anEntry({ data: { text: nested(100_000) } });
    expect(refusal(() => plan(entry))?.code).toBe('invalid-request');
    expect(() => plan(entry)).toThrow('at most 64 objects and arrays may be inside one another');
  });

  test('keep __proto__ as the member that it is, and pollute nothing', () => {
    const json =
      '{"type":"form.answer","data":{"__proto__":{"polluted":1},"answers":{"__proto__":"x","constructor":{"prototype":{"polluted":1}}}}}';
    const { entry } = sealed(frozen(entryFromJson(json)));
    expect(JSON.stringify(entry)).toBe(
      json
        .replace('"x"', JSON.stringify(aRef('/data/answers/__proto__')))
        .replace('{"prototype":{"polluted":1}}', JSON.stringify(aRef('/data/answers/constructor'))),
    );
    expect(Object.getPrototypeOf(entry.data)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

describe('putting refs in place', () => {
  test('shares nothing that it changed, and leaves the original as it was', () => {
    const entry = frozen(anEntry({ type: 'cards.show' }));
    const before = JSON.stringify(entry);
    const after = applySealed(entry, new Map([['/data/cards/0/text', 't']]));
    expect(JSON.stringify(entry)).toBe(before);
    expect(JSON.stringify(after)).toBe(before.replace('"17 EUR"', '{"$sensitive":"t"}'));
  });

  test.each([
    ['that leads nowhere', ['/data/txt']],
    ['below a text', ['/data/text/0']],
    ['to what an object inherits', ['/data/constructor']],
    ['to the length of an array', ['/data/list/length']],
    ['past the end of an array', ['/data/list/1']],
    ['and another below it', ['/data/list', '/data/list/0']],
    ['and another above it', ['/data/list/0', '/data/list']],
  ])('is refused at a pointer %s', (_, pointers) => {
    const entry = anEntry({ data: { text: 'x', list: [1] } });
    expect(() => applySealed(entry, new Map(pointers.map((pointer) => [pointer, 't'])))).toThrow(
      /^(nothing at )?\/data/,
    );
  });

  test('takes the pointers of RFC 6901, section 5', () => {
    const document = {
      foo: ['bar', 'baz'],
      '': 0,
      'a/b': 1,
      'c%d': 2,
      'e^f': 3,
      'g|h': 4,
      'i\\j': 5,
      'k"l': 6,
      ' ': 7,
      'm~n': 8,
    };
    const pointers = ['', '/foo', '/foo/0', '/', '/a~1b', '/c%d', '/e^f', '/g|h', '/i\\j', '/k"l', '/ ', '/m~0n'];
    const values = [document, ['bar', 'baz'], 'bar', 0, 1, 2, 3, 4, 5, 6, 7, 8];
    expect(pointers.map((pointer) => valueAt(document, pointer))).toEqual(values);
    for (const pointer of pointers) {
      expect(valueAt(replaced(document, new Map([[pointer, 'new']])), pointer)).toBe('new');
    }
    expect(valueAt({ '~1': 'x' }, '/~01')).toBe('x');
  });
});

function plan(entry: Entry, refsAllowed = false) {
  return planSealing(entry, classify(entry, SENSITIVE_CONTEXT, STANDARD_POLICY), { refsAllowed });
}

function outside() {
  return { refsAllowed: false };
}

function refusal(act: () => unknown): { code: string; paths: readonly string[] } | undefined {
  try {
    act();
  } catch (error) {
    if (!(error instanceof DaykeyError)) throw error;
    return { code: error.code, paths: error.paths };
  }
  return undefined;
}

function nested(levels: number): unknown {
  let value: unknown = 'x';
  for (let level = 0; level < levels; level += 1) value = [value];
  return value;
}
