// From the props of a stack to the vault's settings, checked before anything is synthesized.

import type { StackProps } from 'aws-cdk-lib';
import { parseSettings, type VaultSettings } from '../vault/domain/settings/parse.ts';
import type { VaultProps } from '../vault/domain/settings/props.ts';
import type { PlatformProps } from './platform-props.ts';

export interface DaykeyStackProps extends StackProps, PlatformProps, VaultProps {}

// Every prop that is not a setting. A name in neither list is a mistake.
const NO_SETTINGS: { readonly [Name in keyof StackProps | keyof PlatformProps]-?: true } = {
  alarmTopic: true,
  analyticsReporting: true,
  crossRegionReferences: true,
  description: true,
  env: true,
  logKey: true,
  notificationArns: true,
  permissionsBoundary: true,
  propertyInjectors: true,
  securityGroups: true,
  stackName: true,
  suppressTemplateIndentation: true,
  synthesizer: true,
  tableKey: true,
  tags: true,
  terminationProtection: true,
  vpc: true,
  vpcSubnets: true,
};

/** Checks the settings in the props and fills in defaults. @throws SettingsError that lists every problem, each with what to do. */
export function settingsFromProps(props: DaykeyStackProps): VaultSettings {
  const settings = Object.entries(props).filter(([name]) => !Object.hasOwn(NO_SETTINGS, name));
  return parseSettings(Object.fromEntries(settings), { tokens: 'allowed' });
}
