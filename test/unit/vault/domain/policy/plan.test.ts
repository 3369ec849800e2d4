// Sealing an entry: the largest parts without refs, refs from outside kept out, hostile names kept harmless.

import { describe, expect, test } from 'vitest';
import { DaykeyError } from '../../../../../vault/domain/errors.ts';
import { applySealed, planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { policyFor } from '../../../../../vault/domain/policy/policy.ts';
import type { Entry, EntryContext } from '../../../../../wire/entry.ts';
import { MAX_ANSWER_BYTES, MAX_ENTRY_PARTS, MAX_JSON_DEPTH } from '../../../../../wire/limits.ts';
import {
  anEntry,
  aRef,
  aRefText,
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

  test('treats a ref that is a bare text, or a name, as text', () => {
    const name = `{"$sensitive":"${aRefText()}"}`;
    expect(plan(anEntry({ data: { text: aRefText(), [name]: 1 } }))).toEqual([
      { pointer: '/data/text', value: aRefText() },
      { pointer: `/data/${name}`, value: 1 },
    ]);
  });

  test('of an entry that is not sensitive seals nothing', () => {
    expect(plan(anEntry(), false, { thread: { mode: 'bot' } })).toEqual([]);
  });
});

describe('the reserved key', () => {
  const refAt: [string, string, string][] = [
    ['in a sensitive field', '{"type":"text.say","data":{"text":REF}}', '/data/text'],
    ['in a field that is not sensitive', '{"type":"rating.give","data":{"score":REF}}', '/data/score'],
    ['outside data', '{"type":"text.say","user":{"type":"user","x~/y":REF},"data":{}}', '/user/x~0~1y'],
    ['below __proto__', '{"type":"text.say","data":{"__proto__":REF}}', '/data/__proto__'],
    ['as data', '{"type":"text.say","data":REF}', '/data'],
  ];

  test.each(refAt)('is refused from outside: %s', (_, json, path) => {
    const entry = entryFromJson(json.replace('REF', JSON.stringify(aRef())));
    expect(refusal(() => plan(entry, false))).toEqual({ code: 'ref-not-allowed', paths: [path] });
    expect(plan(entry, true)).toEqual([]);
  });

  test('in text, names or bytes is no fault: raw text from outside is always accepted', () => {
    const body = '{"a":{"$sensitive":"hi"},"a":1e999}';
    expect(plan(anEntry({ type: 'http.request', data: { body } }))).toEqual([{ pointer: '/data/body', value: body }]);
  });

  test.each(refAt)('is refused from outside where nothing is to be sealed: %s', (_, json, path) => {
    const entry = entryFromJson(json.replace('REF', JSON.stringify(aRef())));
    const disabled = policyFor({ enabled: false });
    const act = () => planSealing(entry, SENSITIVE_CONTEXT, disabled, { refsAllowed: false });
    expect(refusal(act)).toEqual({ code: 'ref-not-allowed', paths: [path] });
  });

  test.each([
    ['with another key beside it', { ...aRef(), text: 'x' }],
    ['with __proto__ beside it', JSON.parse(`{"$sensitive":"${aRefText()}","__proto__":"x"}`)],
    ['with a number', { $sensitive: 7 }],
    ['with null', { $sensitive: null }],
    ['with a ref inside', { $sensitive: aRef() }],
    ['with an array', { $sensitive: [aRefText()] }],
    ['with plaintext in the place of a ref', { $sensitive: 'plaintext' }],
    ['with no text', { $sensitive: '' }],
    ['with a ref and a blank', { $sensitive: `${aRefText()} ` }],
    [
      'with a ref of which one character is another',
      { $sensitive: aRefText().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')) },
    ],
  ])('is refused from everyone %s', (_, forged) => {
    for (const data of [{ text: forged }, { language: forged }, { language: [{ a: forged }] }]) {
      for (const allowed of [true, false]) {
        const { code, paths } = refusal(() => plan(anEntry({ data }), allowed)) ?? {};
        expect([code, paths?.length]).toEqual(['ref-not-allowed', 1]);
        expect(paths?.[0]).toMatch(/^\/data\/(text|language|language\/0\/a)$/);
      }
    }
  });

  test('is refused with what to do, from outside, or with what is wrong', () => {
    const hint = 'only components may send the reserved key $sensitive: seal data from outside as one text';
    expect(() => plan(anEntry({ data: { text: aRef() } }), false)).toThrow(hint);
    expect(() => plan(anEntry({ data: { text: { $sensitive: 'x' } } }), true)).toThrow('$sensitive must hold a ref');
  });

  test('is refused in words that hold nothing of its value', () => {
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
    const data = { text: { $Sensitive: aRefText(), ' $sensitive': 1 }, language: { sensitive: 1 } };
    expect(plan(anEntry({ data }))).toHaveLength(2);
  });
});

describe('hostile entries', () => {
  test('of 64 levels are sealed, of 65 refused with the place', () => {
    // The entry and its data are the first two levels.
    const at = (levels: number) => anEntry({ data: { text: nested(levels - 2) } });
    expect(sealed(at(MAX_JSON_DEPTH)).values.size).toBe(1);
    const { code, paths } = refusal(() => plan(at(MAX_JSON_DEPTH + 1))) ?? {};
    expect(code).toBe('invalid-request');
    expect(paths).toEqual([`/data/text${'/0'.repeat(MAX_JSON_DEPTH - 2)}`]);
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
        .replace('{"polluted":1}', JSON.stringify(aRef('/data/__proto__')))
        .replace('"x"', JSON.stringify(aRef('/data/answers/__proto__')))
        .replace('{"prototype":{"polluted":1}}', JSON.stringify(aRef('/data/answers/constructor'))),
    );
    expect(Object.getPrototypeOf(entry.data)).toBe(Object.prototype);
    expect('polluted' in {}).toBe(false);
  });
});

describe('an entry of many parts', () => {
  const answers = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`q${at}`, at]));
  const form = (count: number) => anEntry({ type: 'form.answer', data: { answers: answers(count) } });

  test('is sealed up to 1,024; one more is refused with what to do', () => {
    expect(plan(form(MAX_ENTRY_PARTS))).toHaveLength(MAX_ENTRY_PARTS);
    expect(refusal(() => plan(form(MAX_ENTRY_PARTS + 1)))).toEqual({ code: 'too-large', paths: [] });
    expect(() => plan(form(100_000))).toThrow('at most 1024 sensitive parts: send it in smaller entries');
  });

  test('may hold 1,024 refs beside them; one more is refused', () => {
    const withRefs = (count: number) => anEntry({ data: { text: Array.from({ length: count }, aRef), more: 'x' } });
    expect(plan(withRefs(MAX_ENTRY_PARTS), true)).toHaveLength(1);
    expect(refusal(() => plan(withRefs(MAX_ENTRY_PARTS + 1), true))).toEqual({ code: 'too-large', paths: [] });
  });

  // Every pointer repeats the name: 20,000 rows below one name of 50 KB would be 1 GB of pointers.
  test('below a long name is refused before any pointer is built', () => {
    const entryTypes = { rows: { kind: 'event', doc: 'Rows.', sensitive: ['data.*.rows[*].v'] } } as const;
    const rows = (count: number, length: number) => ({
      type: 'rows',
      data: { ['n'.repeat(length)]: { rows: Array.from({ length: count }, () => ({ v: 'x' })) } },
    });
    const planned = (entry: Entry) =>
      planSealing(entry, SENSITIVE_CONTEXT, policyFor({ entryTypes }), { refsAllowed: false }).parts;
    expect(refusal(() => planned(rows(20_000, 50_000)))).toEqual({ code: 'too-large', paths: [] });
    expect(() => planned(rows(MAX_ENTRY_PARTS, 50_000))).toThrow('use shorter names');
    const pointers = planned(rows(MAX_ENTRY_PARTS, 2_500)).map(({ pointer }) => pointer.length);
    expect(pointers.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(MAX_ANSWER_BYTES);
  });

  test('with a fault below a long name is refused without repeating the name in full', () => {
    const entry = anEntry({ data: { ['n'.repeat(500_000)]: { $sensitive: 7 } } });
    const [path = ''] = refusal(() => plan(entry))?.paths ?? [];
    expect(path).toMatch(/^\/data\/n{250}…$/);
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
});

function plan(entry: Entry, refsAllowed = false, context: EntryContext = SENSITIVE_CONTEXT) {
  return planSealing(entry, context, STANDARD_POLICY, { refsAllowed }).parts;
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
