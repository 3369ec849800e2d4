// A stack that is one vault and nothing else.

import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { DaykeyVault, type DaykeyVaultProps } from './daykey-vault.ts';
import { ONLY_VAULT } from './vault-name.ts';

export interface DaykeyStackProps extends StackProps, DaykeyVaultProps {}

// Every prop that is the stack's and not the vault's.
const STACK_PROPS: { readonly [Name in keyof StackProps]-?: true } = {
  analyticsReporting: true,
  crossRegionReferences: true,
  description: true,
  env: true,
  notificationArns: true,
  permissionsBoundary: true,
  propertyInjectors: true,
  stackName: true,
  suppressTemplateIndentation: true,
  synthesizer: true,
  tags: true,
  terminationProtection: true,
};

/** A vault that is a stack. @throws SettingsError that lists every problem of the settings. */
export class DaykeyStack extends Stack {
  /** The vault that the stack is. */
  readonly vault: DaykeyVault;

  constructor(scope: Construct, id: string, props: DaykeyStackProps) {
    super(scope, id, { description: 'Daykey: a vault for sensitive data that must be gone in a day', ...props });
    const ofVault = Object.entries(props).filter(([name]) => !Object.hasOwn(STACK_PROPS, name));
    this.vault = new DaykeyVault(this, ONLY_VAULT, Object.fromEntries(ofVault) as unknown as DaykeyVaultProps);
  }
}
