// docs/settings.md has every setting: `npm run docs:write` writes its tables, this test fails if they are stale.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { markdownTable, withParts } from '../../scripts/documents/markdown.ts';
import { constructs, type Setting, settings } from '../../scripts/documents/settings.ts';
import { parseSettings } from '../../vault/domain/settings/parse.ts';
import { formatPeriod } from '../../vault/domain/settings/period.ts';
import { ROOT } from '../support/documents.ts';

const DOCUMENT = join(ROOT, 'docs/settings.md');

/** What a change does to a vault that is in use. A group stands for its members. */
const CHANGES: Readonly<Record<string, string>> = {
  apps: 'A new app can encrypt when the deployment returns. An app that is removed is detached: its callers are refused within 60 seconds, and its values live to their dates',
  'apps.NAME.integrations':
    'Within 60 seconds of the deployment, `kind`, `processSensitive` and `roleArns` too. An integration that is removed loses its API tokens for good: the same name later is another integration',
  'apps.NAME.defaultTtl': 'Within 60 seconds, for what is sealed from then on',
  'apps.NAME.sensitiveData':
    'Within 60 seconds, for the entries that come in from then on. What is sealed stays sealed',
  'apps.NAME.console':
    'Within 60 seconds, `viewers` in running sessions too. Without it no entry is logged any more, and no value can be revealed',
  'apps.NAME.keys': 'For what is sealed from then on; what is sealed stays under its keys until its end',
  retire:
    'Callers are refused within 60 seconds. An hour later keys and blobs are destroyed; until then a deployment that lists the app under `apps` again takes it back',
  keyPools: 'For apps that come to a pool from then on',
  kekLife:
    'For the keys that are made from then on; live keys keep the dates in their policies. A shorter `maxTtl` holds within 60 seconds, a longer one when a key for it is ready, which the deployment waits for',
  lockKeyPolicy: 'For the keys that are made from then on. Keys that are locked stay locked',
  deletionWindowDays: 'For the deletions that are scheduled from then on',
  allowShortCycles: 'None by itself',
  allowMissingConditionKeys: 'None on AWS',
  requestsPerSecond: 'With the deployment',
  logRetentionDays: 'With the deployment; older log events are deleted',
  auditRetentionDays: 'For rows that are written from then on',
  webAclArn: 'With the deployment',
  privateVpcEndpointIds:
    '**The address of the API changes** when it becomes private or public. Values stay readable at the new one',
  domain: '**The address of the API changes.** Values stay readable at the new one',
  reservedConcurrency: 'With the deployment',
  cloudWatchRole: 'With the deployment. Switched off, the role that is set stays set',
  permissionsBoundaryArn:
    'With the deployment. A boundary that forbids KMS stops the vault with 503 until it is lifted',
  rolePath: '**Live values are lost**: keys name the old roles. Deploy a second vault instead, and let this one end',
  rolePrefix: '**Live values are lost**, as with `rolePath`',
  keyTags: 'For the keys that are made from then on',
  console: 'With the deployment. Switched off, its table and its log go, and nothing else',
};

const all = settings();

test('docs/settings.md has every setting (`npm run docs:write` updates it)', async () => {
  const rows = (found: readonly Setting[]) =>
    found.map(({ path, allowed, default: fallback, description }) => [`\`${path}\``, allowed, fallback, description]);
  const parts = {
    settings: markdownTable(['setting', 'what it may be', 'default', 'what it decides'], rows(all)),
    constructs: markdownTable(['prop', 'type', 'default', 'what it decides'], rows(constructs())),
    changes: markdownTable(
      ['setting', 'when a change holds, and for what'],
      Object.entries(CHANGES).map(([path, change]) => [`\`${path}\``, change]),
    ),
  };
  await expect(withParts(readFileSync(DOCUMENT, 'utf8'), parts)).toMatchFileSnapshot(DOCUMENT);
});

test('every setting is described', () => {
  expect(all.length).toBeGreaterThan(40);
  const described = [...all, ...constructs()].filter(({ description }) => description.length < 10);
  expect(described.map(({ path }) => path)).toEqual([]);
});

test('a default that is a value is the one that the schema fills in', () => {
  const least = { integrations: { web: { kind: 'messaging' } }, console: { viewers: ['a'] }, sensitiveData: {} };
  const parsed = parseSettings({ apps: { shop: least }, console: {} }, { tokens: 'resolved' });
  const literal = all.filter(({ path, default: text }) => !path.includes('sensitiveData') && isValue(text));
  expect(literal.length).toBeGreaterThan(12);
  for (const { path, default: text } of literal) {
    const names = path.replace('apps.NAME', 'apps.shop').replace('integrations.NAME', 'integrations.web').split('.');
    const value = names.reduce<unknown>((group, name) => (group as Record<string, unknown>)[name], parsed);
    const [first] = text.split(':');
    const written = path.startsWith('kekLife.') ? formatPeriod(Number(value)) : String(value);
    expect([path, written]).toEqual([path, first]);
  }
});

test('the document says of every setting when a change holds', () => {
  const paths = all.map(({ path }) => path);
  const isSaid = (path: string) => Object.keys(CHANGES).some((said) => path === said || path.startsWith(`${said}.`));
  expect(Object.keys(CHANGES).filter((path) => !paths.includes(path))).toEqual([]);
  const { apps: _, ...withoutApps } = CHANGES;
  const inApps = paths.filter((path) => path.startsWith('apps.'));
  expect(paths.filter((path) => !isSaid(path))).toEqual([]);
  expect(inApps.filter((path) => !Object.keys(withoutApps).some((said) => path.startsWith(said)))).toEqual([]);
});

/** Whether a default is written as a value and not in words. */
function isValue(text: string): boolean {
  return /^(true|false|\d+[smhd]?|\/)(:|$)/.test(text);
}
