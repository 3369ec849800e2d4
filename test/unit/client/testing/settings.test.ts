// The settings of a testing vault are those that are deployed: the same file, the same meaning, the same refusals.

import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { settingsOf, type TestingVaultProps } from '../../../../client/testing/settings.ts';
import deployed from '../../../../daykey.settings.ts';
import { settingsOf as deployedSettingsOf, type VaultProps } from '../../../../lib/settings.ts';
import local from '../../../../local/settings.ts';
import brief from '../../../support/short-life-settings.ts';

const detailed: VaultProps = {
  kekLife: { maxTtl: Duration.hours(72), margin: Duration.hours(1) },
  lockKeyPolicy: true,
  requestsPerSecond: 5,
  apps: {
    shop: {
      integrations: { web: { kind: 'messaging' }, lab: { kind: 'other', processSensitive: true } },
      defaultTtl: Duration.minutes(30),
      sensitiveData: {
        transport: false,
        entryTypes: { 'crm.typing': { kind: 'event', doc: 'Typing.', sensitive: [] } },
      },
    },
    clinic: { integrations: {} },
  },
};

test.each([
  ['daykey.settings.ts', deployed],
  ['of the local vault', local],
  ['with short cycles', brief],
  ['with everything in them', detailed],
])('settings %s mean what they mean when they are deployed, but for roles', (_, props: VaultProps) => {
  const { apps } = deployedSettingsOf(props, 'Daykey');
  const withoutRoles = apps.map((app) => ({
    ...app,
    integrations: Object.fromEntries(
      Object.entries(app.integrations).map(([name, integration]) => [name, { ...integration, roles: [] }]),
    ),
  }));
  expect(settingsOf(props)).toEqual(withoutRoles);
});

const web = { kind: 'messaging' } as const;
const WRONG: [string, TestingVaultProps][] = [
  ['no app', { apps: {} }],
  ["an app's name", { apps: { Shop: { integrations: { web } } } }],
  ["an integration's name", { apps: { shop: { integrations: { 'web!': web } } } }],
  ['a time to live that is too short', { apps: { shop: { integrations: { web }, defaultTtl: Duration.seconds(59) } } }],
  ['a time to live that is too long', { apps: { shop: { integrations: { web }, defaultTtl: Duration.hours(25) } } }],
  ['a short cycle', { kekLife: { cycle: Duration.seconds(60) }, apps: { shop: { integrations: { web } } } }],
  [
    'an entry type',
    {
      apps: {
        shop: {
          integrations: { web },
          sensitiveData: { entryTypes: { 'text.say': { kind: 'event', doc: 'Mine.', sensitive: [] } } },
        },
      },
    },
  ],
];

test.each(WRONG)('%s that no vault could be deployed with is refused', (_, props) => {
  expect(() => deployedSettingsOf(props as VaultProps, 'Daykey')).toThrow('do not hold');
  expect(() => settingsOf(props)).toThrow('the settings of the vault do not hold');
});

describe('settings', () => {
  test('may write periods as text', () => {
    const [app] = settingsOf({
      kekLife: { maxTtl: '48h', margin: '90m' },
      apps: { shop: { integrations: { web }, defaultTtl: '15m' } },
    });
    expect(app).toMatchObject({ defaultTtlS: 900, life: { maxTtlS: 48 * 3600, marginS: 5400 } });
  });

  test('say everything that is wrong at once', () => {
    const integrations = { A: web, b: { kind: 'chat' as 'other' } };
    const wrong = () => settingsOf({ kekLife: { maxTtl: '8d' }, apps: { shop: { integrations, defaultTtl: '1s' } } });
    for (const part of ['A: a name', 'shop.b: a kind is one of', 'shop.defaultTtl: must be 60', 'maxTtlS must be']) {
      expect(wrong).toThrow(part);
    }
  });
});
