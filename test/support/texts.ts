// Any text, for properties.

import fc from 'fast-check';

/** Any code point but a lone surrogate. fast-check's unit `binary` says the same, and takes a second to build. */
export const aCodePoint: fc.Arbitrary<string> = fc
  .oneof(fc.nat(0x7f), fc.nat(0xd7ff), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Any text without lone surrogates. Lengths count code points. */
export function anyText(limits: { readonly minLength?: number; readonly maxLength?: number } = {}) {
  return fc.string({ ...limits, unit: aCodePoint });
}
