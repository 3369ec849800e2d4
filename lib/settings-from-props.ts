// From the props of a vault to its settings, checked before anything is synthesized.

import { parseSettings, type VaultSettings } from '../vault/domain/settings/parse.ts';
import type { VaultProps } from '../vault/domain/settings/props.ts';
import type { PlatformProps } from './platform-props.ts';

// Every prop that is not a setting. A name in neither list is a mistake.
const NO_SETTINGS: { readonly [Name in keyof PlatformProps]-?: true } = {
  alarmTopic: true,
  logKey: true,
  securityGroups: true,
  tableKey: true,
  vpc: true,
  vpcSubnets: true,
};

/** Checks the settings in the props and fills in defaults. @throws SettingsError that lists every problem, each with what to do. */
export function settingsFromProps(props: VaultProps & PlatformProps): VaultSettings {
  const settings = Object.entries(props).filter(([name]) => !Object.hasOwn(NO_SETTINGS, name));
  return parseSettings(Object.fromEntries(settings), { tokens: 'allowed' });
}
