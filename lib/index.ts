// The entry `daykey/cdk`: a vault as a construct, `DaykeyVault`, or as a whole stack, `DaykeyStack`.

export { SettingsError } from '../vault/domain/settings/parse.ts';
export type { Metric as DaykeyMetric } from '../vault/ports/telemetry.ts';
export type { Operation } from '../wire/operations.ts';
export { DaykeyStack, type DaykeyStackProps } from './daykey-stack.ts';
export { DaykeyVault, type DaykeyVaultProps } from './daykey-vault.ts';
export type { DaykeyVaultAttributes, IDaykeyVault } from './imported-vault.ts';
export type { PlatformProps } from './platform-props.ts';
export type * from './settings.ts';
