// Limits of KMS, to the byte: KMS itself does not say which of them was exceeded.

import { expect, test } from 'vitest';
import { checkBlobSize, checkWrapSize } from '../../../../vault/ports/app-kek-limits.ts';

test('one call wraps up to 4,096 bytes', () => {
  expect(() => checkWrapSize(Buffer.alloc(4096))).not.toThrow();
  expect(() => checkWrapSize(Buffer.alloc(4097))).toThrow(
    expect.objectContaining({ code: 'too-large', message: 'an app KEK wraps at most 4096 bytes, got 4097' }),
  );
});

test.each([
  [1, true],
  [6144, true],
  [0, false],
  [6145, false],
])('a blob of %i bytes may be one of KMS: %s', (length, isOne) => {
  const check = () => checkBlobSize(Buffer.alloc(length));
  if (isOne) expect(check).not.toThrow();
  else {
    const message = `a KMS blob has 1 to 6144 bytes, got ${length}`;
    expect(check).toThrow(expect.objectContaining({ code: 'app-kek-mismatch', message }));
  }
});
