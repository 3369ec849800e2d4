// An app's policy: defaults, and that it is built once for the same settings.

import { expect, test } from 'vitest';
import { policyFor, type SensitiveDataSettings } from '../../../../../vault/domain/policy/policy.ts';

test('a setting is off only when it is false', () => {
  const on = { enabled: true, transport: true, transcript: true };
  const odd = { enabled: 0, transport: 'false', transcript: null } as unknown as SensitiveDataSettings;
  for (const settings of [undefined, {}, odd]) expect(policyFor(settings)).toMatchObject(on);
  const off = { enabled: false, transport: false, transcript: false };
  expect(policyFor(off)).toMatchObject(off);
});

test('the policy of the same settings is built once', () => {
  const settings = { entryTypes: { x: { kind: 'event', doc: 'X.', clear: [] } } } as const;
  expect(policyFor(settings)).toBe(policyFor(settings));
  expect(policyFor({ ...settings })).not.toBe(policyFor(settings));
  expect(policyFor()).toBe(policyFor());
});

test('entry types with a problem are refused', () => {
  const settings: SensitiveDataSettings = { entryTypes: { 'text.say': { clear: ['text' as 'data.text'] } } };
  expect(() => policyFor(settings)).toThrow('entryTypes.text.say: "text" is not a path');
});
