// A misspelt setting is never ignored: one edit of any name in a valid document is refused, by its place and with the right name.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settingsFromProps } from '../../../../../lib/settings-from-props.ts';
import { checkSettings, SettingsError, type Source } from '../../../../../vault/domain/settings/parse.ts';
import type { VaultProps } from '../../../../../vault/domain/settings/props.ts';

/** A valid document in which every setting has a value. */
const EVERYTHING: VaultProps = {
  apps: {
    shop: {
      integrations: {
        web: { kind: 'messaging', processSensitive: false, roleArns: ['arn:aws:iam::111122223333:role/web'] },
      },
      defaultTtl: '15m',
      sensitiveData: {
        enabled: true,
        transport: true,
        transcript: true,
        entryTypes: {
          ticket: { kind: 'event', doc: 'A ticket.', clear: ['data.id'], sensitive: ['data.text'] },
          'text.say': { clear: ['data.tone'], sensitive: ['data.lang'] },
        },
      },
    },
  },
  kekLife: { cycle: '24h', lead: '6h', grace: '15m', maxTtl: '24h', margin: '30m' },
  lockKeyPolicy: false,
  deletionWindowDays: 7,
  allowShortCycles: false,
  allowMissingConditionKeys: false,
  requestsPerSecond: 200,
  logRetentionDays: 30,
  auditRetentionDays: 365,
  webAclArn: 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/mine/1234',
  privateVpcEndpointIds: ['vpce-0123456789abcdef0'],
  reservedConcurrency: { encrypt: 1, decrypt: 1, erase: 1, authorizer: 1, sweep: 1, rotate: 1, configureApp: 1 },
  cloudWatchRole: true,
  permissionsBoundaryArn: 'arn:aws:iam::111122223333:policy/boundary',
  rolePath: '/security/',
  rolePrefix: 'acme-',
  keyTags: { team: 'security' },
};

/** The setting that a private API cannot have. */
const WITH_DOMAIN: VaultProps = {
  apps: EVERYTHING.apps,
  domain: { name: 'vault.example.org', certificateArn: 'arn:aws:acm:eu-central-1:111122223333:certificate/0123' },
};

/** Objects whose members people name as they like. */
const FREELY_NAMED = new Set(['apps', 'apps.shop.integrations', 'apps.shop.sensitiveData.entryTypes', 'keyTags']);

/** Names so alike that an edit of one may be nearer to the other. */
const ALIKE = new Set(['encrypt', 'decrypt']);

type Path = readonly string[];
const NAMES = [EVERYTHING, WITH_DOMAIN].flatMap((document) =>
  namesIn(document, []).map((path) => ({ document, path })),
);
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-$ .';
const letter = fc.constantFrom(...LETTERS);

/** One edit of a name: a letter taken out, put in, changed or swapped with the next, or its case turned. */
function edited(name: string): fc.Arbitrary<string> {
  const at = fc.nat(name.length - 1);
  return fc
    .oneof(
      at.map((i) => name.slice(0, i) + name.slice(i + 1)),
      fc.tuple(fc.nat(name.length), letter).map(([i, added]) => name.slice(0, i) + added + name.slice(i)),
      fc.tuple(at, letter).map(([i, other]) => name.slice(0, i) + other + name.slice(i + 1)),
      at.map((i) => name.slice(0, i) + name.slice(i + 1, i + 2) + name.slice(i, i + 1) + name.slice(i + 2)),
      at.map((i) => name.slice(0, i) + turned(name.charAt(i)) + name.slice(i + 1)),
    )
    .filter((changed) => changed !== name);
}

const oneEdit = fc
  .constantFrom(...NAMES)
  .chain(({ document, path }) =>
    fc.record({ document: fc.constant(document), path: fc.constant(path), name: edited(path.at(-1) ?? '') }),
  );

test('the documents are valid, and hold every name that there is', () => {
  for (const document of [EVERYTHING, WITH_DOMAIN]) {
    expect(checkSettings(document, { tokens: 'resolved' }).problems).toEqual([]);
  }
  expect(new Set(NAMES.map(({ path }) => path.at(-1))).size).toBe(45);
});

describe.each<Source>([{ tokens: 'allowed' }, { tokens: 'resolved' }])('where tokens are $tokens', (source) => {
  test('one edit of any name is refused, with the path of the edited name', () => {
    fc.assert(
      fc.property(oneEdit, ({ document, path, name }) => {
        const { problems, vault } = checkSettings(withName(document, path, name), source);
        expect(vault).toBeUndefined();
        const parent = formatted(path.slice(0, -1));
        const own = problems.filter(
          (problem) => problem.startsWith(parent) && /is not (a known name|for )/.test(problem),
        );
        expect(own).toHaveLength(1);
        expect(own[0]).toContain(name);
        if (!ALIKE.has(path.at(-1) ?? '')) expect(own[0]).toContain(path.at(-1));
      }),
      { numRuns: 1500 },
    );
  });
});

test('synthesis refuses each of them as well', () => {
  fc.assert(
    fc.property(oneEdit, ({ document, path, name }) => {
      const props = withName(document, path, name) as unknown as VaultProps;
      expect(() => settingsFromProps(props)).toThrow(SettingsError);
    }),
    { numRuns: 300 },
  );
});

/** Every name in a document that is not of people's own choice. */
function namesIn(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    const below = [...path, name];
    return [...(FREELY_NAMED.has(path.join('.')) ? [] : [below]), ...namesIn(member, below)];
  });
}

/** A copy in which the member at the path has another name. */
function withName(value: unknown, [step = '', ...rest]: Path, name: string): unknown {
  const entries = Object.entries(value as object).map(([key, member]): [string, unknown] => {
    if (key !== step) return [key, member];
    return rest.length === 0 ? [name, member] : [key, withName(member, rest, name)];
  });
  return Object.fromEntries(entries);
}

function turned(character: string): string {
  const lower = character.toLowerCase();
  return character === lower ? character.toUpperCase() : lower;
}

function formatted(path: Path): string {
  return path.reduce((before, step) => {
    if (step.includes('.')) return `${before}[${JSON.stringify(step)}]`;
    return before === '' ? step : `${before}.${step}`;
  }, '');
}
