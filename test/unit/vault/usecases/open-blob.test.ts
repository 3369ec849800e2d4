// Where a blob is: a URL that lives as long as the blob does, and a minute at most.

import { expect, test } from 'vitest';
import { locateBlob } from '../../../../vault/usecases/open-blob.ts';
import type { Opened } from '../../../../vault/usecases/open-bundles.ts';

const NOW_S = 1_800_000_000;
const blobUntil = (expiresAtS: number): Opened => ({
  status: 'blob',
  blob: {
    key: Buffer.alloc(32, 1),
    bytes: 5,
    context: Buffer.alloc(8),
    address: { app: 'shop', id: 'an-id', days: 1 },
  },
  expiresAtS,
});

test.each([
  [1, 1],
  [59, 59],
  [60, 60],
  [3600, 60],
])('a blob that lives for %d s more has a URL for %d s', async (livesS, seconds) => {
  const asked: unknown[] = [];
  const downloadFrom = async (...args: unknown[]) => {
    asked.push(args);
    return 'https://store.example';
  };
  const field = blobUntil(NOW_S + livesS);
  const located = await locateBlob({ clock: () => NOW_S * 1000, blobDownloads: { downloadFrom } }, field);
  expect(located).toEqual({ ...field, url: 'https://store.example', urlUntilS: NOW_S + seconds });
  expect(asked).toEqual([[{ app: 'shop', id: 'an-id', days: 1 }, seconds]]);
});

test('a blob whose life has ended meanwhile is redacted, without a URL', async () => {
  const downloadFrom = () => Promise.reject(new Error('a URL was signed'));
  const located = await locateBlob({ clock: () => NOW_S * 1000, blobDownloads: { downloadFrom } }, blobUntil(NOW_S));
  expect(located).toEqual({ status: 'redacted', reason: 'expired' });
});
