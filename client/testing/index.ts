// The public entry of the testing kit: a vault in memory for the tests of those who integrate.

export type { Period } from './period.ts';
export type { Listening } from './port.ts';
export type { TestingAppProps, TestingIntegrationProps, TestingVaultProps } from './settings.ts';
export { type TestingVault, type TestingVaultOptions, testingVault } from './testing-vault.ts';
