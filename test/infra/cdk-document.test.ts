// The examples of docs/cdk.md are a CDK app that synthesizes, and what they say of it is so.

import type { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { DaykeyVault } from '../../lib/daykey-vault.ts';
import { type Recipe, writeRecipe } from '../support/recipe.ts';
import { QUICK } from './synthesized.ts';

let recipe: Recipe;
let shop: { readonly app: App; readonly vault: DaykeyVault };
let bot: { readonly app: App };

beforeAll(async () => {
  vi.stubEnv('CDK_CONTEXT_JSON', JSON.stringify(QUICK.context));
  vi.stubEnv('CDK_VALIDATION', 'false');
  recipe = writeRecipe('docs/cdk.md');
  shop = await recipe.load('shop.ts');
  await Promise.all(['desk.ts', 'watch.ts'].map((file) => recipe.load(file)));
  bot = await recipe.load('bot.ts');
}, 60_000);
afterAll(() => {
  vi.unstubAllEnvs();
  recipe.remove();
});

function stackOf({ app }: { readonly app: App }, id: string): Template {
  return Template.fromStack(app.node.findChild(id) as Stack);
}

test('the vault has its name, its app and its alarms', () => {
  expect(shop.vault.vaultName).toBe('Shop/Vault');
  const template = stackOf(shop, 'Shop');
  const alarms = Object.values(template.findResources('AWS::CloudWatch::Alarm')) as {
    Properties: { MetricName: string; AlarmActions?: unknown[] };
  }[];
  expect(alarms.map(({ Properties }) => Properties.MetricName)).toContain('FieldsSealed');
  const own = alarms.filter(({ Properties }) => Properties.MetricName !== 'FieldsSealed');
  // The topic of the props, and the one that is connected.
  for (const { Properties } of own) expect(Properties.AlarmActions).toHaveLength(2);
  for (const output of ['VaultUrl', 'VaultRingTable']) expect(template.toJSON().Outputs).toHaveProperty(output);
});

test.each([
  ['of the other stack', () => stackOf(shop, 'Desk'), 'desk'],
  ['of the other CDK app', () => stackOf(bot, 'Bot'), 'bot'],
])('the role %s is trusted and may invoke', (_, template, integration) => {
  template().hasResourceProperties('Custom::DaykeyTrust', { App: 'shop', Integration: integration });
  expect(JSON.stringify(template().findResources('AWS::IAM::Policy'))).toContain('lambda:InvokeFunction');
});
