// All limits stand in one table, made from the constants themselves: `npm run docs:write` writes it, this test fails if it is stale.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FUNCTION_TIMEOUT_SECONDS } from '../../lambda/config.ts';
import { markdownTable, withParts } from '../../scripts/documents/markdown.ts';
import { APPROVAL_S } from '../../vault/domain/console/approval.ts';
import { MAX_SHOWN_BLOB_BYTES, REASON_LENGTH, REVEALS_PER_MINUTE } from '../../vault/domain/console/reveal-rules.ts';
import { IDLE_S, SESSION_S } from '../../vault/domain/console/session.ts';
import { MAX_SHOWN_BYTES } from '../../vault/domain/console/shown-data.ts';
import { LISTED_APPS, MAX_CLAIM_VALUES, MAX_VIEWERS } from '../../vault/domain/console/viewers.ts';
import { BUCKET_DELAY_S, MAX_BUCKETS } from '../../vault/domain/kek-life/bucket.ts';
import { KEY_QUOTA, mostHolders, USABLE_SHARE } from '../../vault/domain/kek-life/capacity.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import { DELETION_WINDOW_DAYS } from '../../vault/domain/settings.ts';
import { MAX_APP_KEK_CALLS_AT_ONCE } from '../../vault/ports/app-kek.ts';
import { MAX_BUNDLE_BYTES } from '../../vault/ports/bundle-store.ts';
import { MAX_CACHE_AGE_MS } from '../../vault/usecases/cache.ts';
import { REUSE_SECONDS } from '../../wire/aws-identity.ts';
import * as limits from '../../wire/limits.ts';
import { ROOT } from '../support/documents.ts';

const DOCUMENT = 'docs/limits.md';

const count = (number: number) => number.toLocaleString('en');
const kilobytes = (bytes: number) => `${count(bytes / 1024)} KB`;
const megabytes = (bytes: number) => `${count(bytes / 1024 ** 2)} MB`;

/** Those that callers meet: one row for each constant of `wire/limits.ts`. */
const OF_REQUESTS = [
  ['fields or refs in a request', count(limits.MAX_FIELDS)],
  ['one field, as JSON', kilobytes(limits.MAX_FIELD_BYTES)],
  ['a request body', megabytes(limits.MAX_REQUEST_BYTES)],
  ['the values or the entry in an answer', megabytes(limits.MAX_ANSWER_BYTES)],
  ['an answer as Lambda sends it, with its escapes', kilobytes(limits.MAX_PAYLOAD_BYTES)],
  ['bundles that the refs of a request lie in', count(limits.MAX_BUNDLES)],
  ['parts of an entry that are sealed, opened or explained', count(limits.MAX_ENTRY_PARTS)],
  ['objects and arrays inside one another', count(limits.MAX_JSON_DEPTH)],
  ['name of a field', `${count(limits.MAX_NAME_LENGTH)} characters`],
  ['subject', `${count(limits.MAX_SUBJECT_LENGTH)} characters`],
  ['`ttlSeconds`', `from ${count(limits.MIN_TTL_SECONDS)} to the vault's \`maxTtl\``],
  ['`maxTtl`', `${limits.MAX_TTL_SECONDS / 86_400} days`],
  ['`Authorization` header', kilobytes(limits.MAX_AUTHORIZATION_BYTES)],
  ['a blob', megabytes(limits.MAX_BLOB_BYTES)],
  ['to begin the upload of a blob', `${limits.BLOB_UPLOAD_SECONDS / 60} minutes`],
  ['to begin the download of a blob', `${limits.BLOB_DOWNLOAD_SECONDS} seconds`],
] as const;

/** Those that operators meet. */
const OF_A_VAULT = [
  ['a request to a function', `${FUNCTION_TIMEOUT_SECONDS} seconds`],
  ['fields that share a bundle', kilobytes(MAX_BUNDLE_BYTES)],
  ['KMS calls of one request at once', count(MAX_APP_KEK_CALLS_AT_ONCE)],
  ['until a revoked token or a change of trust holds', `${MAX_CACHE_AGE_MS / 1000} seconds`],
  ["reuse of an AWS role's signature by the SDK", `${REUSE_SECONDS / 60} minutes`],
  ['expiry buckets of a key', count(MAX_BUCKETS)],
  ['KMS refuses a value after the end of its bucket', `${BUCKET_DELAY_S} seconds`],
  ["KMS keys of a Region that apps may need, of AWS's quota", count(KEY_QUOTA * USABLE_SHARE)],
  ['apps with their own keys, by default', count(mostHolders(DEFAULT_LIFE, DELETION_WINDOW_DAYS.least))],
  ['`deletionWindowDays`', `${DELETION_WINDOW_DAYS.least} to ${DELETION_WINDOW_DAYS.most}`],
  ['reveals in the Console, for the whole vault', `${REVEALS_PER_MINUTE} a minute`],
  ['the reason of a reveal', `${REASON_LENGTH.min} to ${REASON_LENGTH.max} characters`],
  ['what the Console keeps of an entry, refs aside', kilobytes(MAX_SHOWN_BYTES)],
  ['a blob that the Console shows', megabytes(MAX_SHOWN_BLOB_BYTES)],
  ['an approval of a reveal', `${APPROVAL_S / 3600} hour`],
  ["until a change of an app's viewers holds in the Console", `${MAX_CACHE_AGE_MS / 1000} seconds`],
  ['viewers of an app in the Console', count(MAX_VIEWERS)],
  ['values of the claim that count for a person', `the first ${count(MAX_CLAIM_VALUES)}`],
  ['apps that the Console lists at once', count(LISTED_APPS)],
  ['a session of the Console', `${SESSION_S / 3600} hours, ${IDLE_S / 60} minutes without use`],
] as const;

test('the rows hold the limits that callers meet', () => {
  const values = OF_REQUESTS.map(([, value]) => value);
  expect(values).toEqual(expect.arrayContaining(['64', '256 KB', '2.75 MB', '1,024']));
});

test('docs/limits.md has every limit (`npm run docs:write` updates it)', async () => {
  const rows = [
    ...OF_REQUESTS.map(([limit, value]) => [limit, value, 'caller']),
    ...OF_A_VAULT.map(([limit, value]) => [limit, value, 'operator']),
  ];
  const parts = { limits: markdownTable(['limit', 'value', 'who meets it'], rows) };
  await expect(withParts(textOf(DOCUMENT), parts)).toMatchFileSnapshot(join(ROOT, DOCUMENT));
});

test.each(['README.md', 'docs/sdk.md', 'docs/testing.md'])(
  '%s leads to the limits, and does not repeat them',
  (document) => {
    expect(textOf(document)).toMatch(/\]\((docs\/)?limits\.md\)/);
    expect(textOf(document)).not.toContain('| limit ');
  },
);

test('every limit of the wire is in the table', () => {
  // A new limit needs a row above, and then this number.
  expect(Object.keys(limits)).toHaveLength(OF_REQUESTS.length);
});

function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}
