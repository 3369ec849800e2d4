// The settings of a testing vault are the deployed ones: the same file, the same meaning, the same errors.

import { Duration } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { testingVault } from '../../../../client/testing/testing-vault.ts';
import deployed from '../../../../daykey.settings.ts';
import type { VaultProps } from '../../../../lib/settings.ts';
import local from '../../../../local/settings.ts';
import brief from '../../../support/short-life-settings.ts';
import { WRONG_SETTINGS } from '../../../support/wrong-settings.ts';

test.each<[string, VaultProps]>([
  ['daykey.settings.ts', deployed],
  ['local/settings.ts', local],
  ['settings with short cycles', brief],
  [
    'settings with everything in them',
    {
      kekLife: { maxTtl: Duration.hours(72), margin: '1h' },
      lockKeyPolicy: true,
      requestsPerSecond: 5,
      logRetentionDays: 7,
      auditRetentionDays: 30,
      webAclArn: '$' + '{Token[TOKEN.7]}',
      privateVpcEndpointIds: ['vpce-0123456789abcdef0'],
      apps: {
        shop: {
          integrations: {
            web: { kind: 'messaging', roleArns: ['$' + '{Token[TOKEN.8]}'] },
            lab: { kind: 'other', processSensitive: true },
          },
          defaultTtl: Duration.minutes(30),
          sensitiveData: { transport: false },
        },
        clinic: { integrations: { web: { kind: 'messaging' } } },
      },
    },
  ],
])('a testing vault runs %s', async (_, props) => {
  const vault = await testingVault(props);
  for (const [app, { integrations }] of Object.entries(props.apps)) {
    const [integration = ''] = Object.keys(integrations);
    expect(Object.keys((await vault.as(app, integration).encrypt({ email: 'maya@example.org' })).refs)).toEqual([
      'email',
    ]);
  }
});

test.each(WRONG_SETTINGS)(
  'a testing vault is refused %s, with the lines that a deployment gives',
  async (_, settings, lines) => {
    await expect(testingVault(settings as VaultProps)).rejects.toThrow(
      `the vault's settings are not valid:\n${lines.map((line) => `  ${line}`).join('\n')}`,
    );
  },
);

describe('a period', () => {
  const props: VaultProps = { apps: { shop: { integrations: { web: { kind: 'messaging' } }, defaultTtl: '15m' } } };

  test('ends what it says, written as a text or as a Duration', async () => {
    for (const quarter of ['15m', Duration.minutes(15)] as const) {
      const vault = await testingVault(props);
      const { refs } = await vault.as('shop', 'web').encrypt({ email: 'maya@example.org' });
      await vault.advance(quarter);
      expect((await vault.as('shop', 'web').decrypt(refs)).email.status).toBe('redacted');
    }
  });
});
