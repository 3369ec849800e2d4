// The entry `daykey/testing`: a vault in memory, for tests of code that calls a vault.

export type { Period } from '../../vault/domain/settings/period.ts';
export type {
  AppConsoleProps,
  AppProps,
  ConcurrencyProps,
  ConsoleProps,
  DomainProps,
  IntegrationProps,
  KekLifeProps,
  VaultProps,
} from '../../vault/domain/settings/props.ts';
export type { ConsolePerson } from './console.ts';
export type { Listening } from './port.ts';
export { type Matcher, revealing } from './revealing.ts';
export { type TestingVault, type TestingVaultOptions, testingVault } from './testing-vault.ts';
