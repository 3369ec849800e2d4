// The public entry of the testing kit: a vault in memory for the tests of those who integrate.

export type { Period } from '../../vault/domain/settings/period.ts';
export type { AppProps, IntegrationProps, KekLifeProps, VaultProps } from '../../vault/domain/settings/props.ts';
export type { Listening } from './port.ts';
export { type TestingVault, type TestingVaultOptions, testingVault } from './testing-vault.ts';
