// The record of a vault: as it begins, and which documents of settings it keeps.

import { expect, test } from 'vitest';
import { KEPT_DOCUMENTS, newVaultRecord, withDocument } from '../../../../vault/domain/vault-record.ts';

test('a vault that was never deployed has nothing to apply', () => {
  expect(newVaultRecord()).toEqual({ version: 0, requests: [], withdrawn: [], isApplied: true, documents: [] });
});

test('three documents are kept, the latest last, and the others are dropped', () => {
  expect(KEPT_DOCUMENTS).toBe(3);
  expect(withDocument([], 'a')).toEqual({ kept: ['a'], dropped: [] });
  expect(withDocument(['a', 'b'], 'c')).toEqual({ kept: ['a', 'b', 'c'], dropped: [] });
  expect(withDocument(['a', 'b', 'c'], 'd')).toEqual({ kept: ['b', 'c', 'd'], dropped: ['a'] });
});

test('a document that comes again is the latest, and is kept once', () => {
  expect(withDocument(['a', 'b', 'c'], 'a')).toEqual({ kept: ['b', 'c', 'a'], dropped: [] });
});
