// Values that are known at deployment only leave a document and come back to their places.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { putValues, takeValues } from '../../../../../vault/domain/settings/values.ts';

test('every document comes back as it was, whichever of its texts are late', () => {
  const aText = fc.oneof(fc.string(), fc.constantFrom('@value:0', '@value:7', '@value:', 'late'));
  const aDocument = fc.letrec((tie) => ({
    document: fc.oneof(
      { depthSize: 'small' },
      aText,
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
      fc.array(tie('document')),
      fc.dictionary(fc.string(), tie('document')),
    ),
  })).document;
  fc.assert(
    fc.property(aDocument, fc.func(fc.boolean()), (document, isLate) => {
      const taken = takeValues(document, (text) => isLate(text));
      expect(putValues(JSON.parse(JSON.stringify(taken.document)), taken.values)).toEqual(
        JSON.parse(JSON.stringify(document)),
      );
    }),
  );
});

test('a value that comes twice is taken once', () => {
  const { document, values } = takeValues({ a: ['x', 'y'], b: 'x' }, (text) => text === 'x');
  expect(document).toEqual({ a: ['@value:0', 'y'], b: '@value:0' });
  expect(values).toEqual(['x']);
});

test('a text that looks like a placeholder is taken too, and none is read as another value', () => {
  const { document, values } = takeValues(['@value:1', 'late'], (text) => text === 'late');
  expect(values).toEqual(['@value:1', 'late']);
  expect(putValues(document, values)).toEqual(['@value:1', 'late']);
});

test('a placeholder without a value is an error', () => {
  expect(() => putValues({ a: '@value:2' }, ['one', 'two'])).toThrow('the settings have no value number 2');
});
