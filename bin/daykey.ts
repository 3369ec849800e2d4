#!/usr/bin/env node
// The CDK app: reads the settings, makes the stack, nothing else.

import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { App, CliCredentialsStackSynthesizer, type IStackSynthesizer, Tags } from 'aws-cdk-lib';
import { DaykeyStack } from '../lib/daykey-stack.ts';
import type { VaultProps } from '../lib/settings.ts';

const app = new App();
const file = resolve(String(app.node.tryGetContext('settings') ?? 'daykey.settings.ts'));
const { default: settings } = (await import(pathToFileURL(file).href)) as { default: VaultProps };
// Emulators do not let the roles of a CDK bootstrap publish; there the CLI's own credentials do.
const onEmulator = process.env.AWS_ENDPOINT_URL !== undefined;
const stack = new DaykeyStack(app, String(app.node.tryGetContext('stack') ?? 'Daykey'), {
  ...settings,
  terminationProtection: !onEmulator,
  ...(onEmulator ? { synthesizer: new CliCredentialsStackSynthesizer() as IStackSynthesizer } : {}),
});
Tags.of(stack).add('daykey:stack', stack.stackName);
