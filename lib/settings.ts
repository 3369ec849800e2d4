// The types of a vault's settings file. Types only, so that checking a settings file stays fast.

export type { Period } from '../vault/domain/settings/period.ts';
export type {
  AppConsoleProps,
  AppProps,
  ConsoleProps,
  IntegrationProps,
  KekLifeProps,
  VaultProps,
} from '../vault/domain/settings/props.ts';
