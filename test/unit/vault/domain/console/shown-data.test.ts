import { expect, test } from 'vitest';
import { MAX_SHOWN_BYTES, shownData } from '../../../../../vault/domain/console/shown-data.ts';
import { policyFor } from '../../../../../vault/domain/policy/policy.ts';
import { MAX_ENTRY_PARTS } from '../../../../../wire/limits.ts';
import { REDACTED, SENSITIVE_KEY } from '../../../../../wire/refs.ts';

const POLICY = policyFor();
const REF = { [SENSITIVE_KEY]: 'dk2_some-ref' };

function shown(entry: object, showPlain = false): unknown {
  const text = shownData(entry as Parameters<typeof shownData>[0], POLICY, showPlain);
  return text === undefined ? undefined : JSON.parse(text);
}

test('what the catalogue lists as readable stays, and refs are stars', () => {
  const entry = { type: 'form.answer', data: { form: 'contact', answers: { email: REF, phone: REF } } };
  expect(shown(entry)).toEqual({ form: 'contact', answers: { email: REDACTED, phone: REDACTED } });
});

test('what is not sealed in an entry that is not sensitive is stars all the same', () => {
  expect(shown({ type: 'text.say', data: { text: 'a secret', lang: 'en' } })).toEqual({ text: REDACTED, lang: 'en' });
});

test('an entry of an unknown type, or without a type, shows the names of its members only', () => {
  expect(shown({ type: 'unheard.of', data: { text: 'a secret' } })).toEqual({ text: REDACTED });
  expect(shown({ data: { text: 'a secret' } })).toEqual({ text: REDACTED });
});

test('a ref inside a part that would be sealed is stars beside the others', () => {
  expect(shown({ type: 'unheard.of', data: { a: REF, b: 'a secret', c: [1, REF] } })).toEqual({
    a: REDACTED,
    b: REDACTED,
    c: [REDACTED, REDACTED],
  });
});

test('with showPlain everything but refs stays', () => {
  expect(shown({ type: 'text.say', data: { text: 'hello', more: REF } }, true)).toEqual({
    text: 'hello',
    more: REDACTED,
  });
});

test('without data, or with too much of it, a row keeps none', () => {
  expect(shown({ type: 'text.say' })).toBeUndefined();
  expect(shown({ type: 'text.say', data: { text: 'x'.repeat(MAX_SHOWN_BYTES) } }, true)).toBeUndefined();
});

test('data of exactly 16 KB is kept', () => {
  const room = MAX_SHOWN_BYTES - '{"text":""}'.length;
  expect(shown({ type: 'text.say', data: { text: 'x'.repeat(room) } }, true)).toEqual({ text: 'x'.repeat(room) });
  expect(shown({ type: 'text.say', data: { text: 'x'.repeat(room + 1) } }, true)).toBeUndefined();
});

test('data with more parts than an entry may have is refused before it is printed', () => {
  const secrets = Array.from({ length: MAX_ENTRY_PARTS + 1 }, () => 'a secret');
  expect(shown({ type: 'unheard.of', data: { parts: secrets } })).toEqual({ parts: REDACTED });
  expect(() => shown({ type: 'unheard.of', data: { parts: [REF, ...secrets] } })).toThrow(
    `an entry has at most ${MAX_ENTRY_PARTS} stars: send it in smaller entries`,
  );
});

test('a ref beside the data is no part of what is shown', () => {
  expect(shown({ type: 'text.say', data: { lang: 'en' }, user: { name: REF } })).toEqual({ lang: 'en' });
});

test('names such as __proto__ stay ordinary names', () => {
  const entry = JSON.parse('{ "type": "text.say", "data": { "__proto__": "a secret", "lang": "en" } }');
  expect(shownData(entry, POLICY, false)).toBe(`{"__proto__":"${REDACTED}","lang":"en"}`);
});
