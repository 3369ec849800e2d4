#!/usr/bin/env node
// The CDK app: reads the settings file and makes the stack.

import { App, CliCredentialsStackSynthesizer, type IStackSynthesizer, Tags } from 'aws-cdk-lib';
import { loadSettings } from '../client/cli/settings-file.ts';
import { VAULT_TAG } from '../lambda/config.ts';
import { DaykeyStack } from '../lib/daykey-stack.ts';
import { SettingsError } from '../vault/domain/settings/parse.ts';

// The roles of a CDK bootstrap cannot publish to an emulator. The CLI's own credentials can.
const isOnEmulator = process.env.AWS_ENDPOINT_URL !== undefined;
// The CDK's own checks of the template take seconds: every deployment to AWS makes them.
const app = new App({ builtinCloudFormationValidation: !isOnEmulator });
try {
  const { props } = await loadSettings(String(app.node.tryGetContext('settings') ?? 'daykey.settings.ts'));
  const stack = new DaykeyStack(app, String(app.node.tryGetContext('stack') ?? 'Daykey'), {
    ...props,
    terminationProtection: !isOnEmulator,
    ...(isOnEmulator ? { synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer } : {}),
  });
  Tags.of(stack).add(VAULT_TAG, stack.stackName);
} catch (error) {
  if (!(error instanceof SettingsError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
