// An app's policy on sensitive data: its settings, ready to be held against entries.

import { type Catalogue, catalogueOf, type OwnEntryTypes } from './catalogue.ts';

/** What an app may set. */
export interface SensitiveDataSettings {
  /** Whether anything is sealed at all. @default true */
  readonly enabled?: boolean | undefined;
  /** Whether HTTP and WS entries are sensitive. @default true */
  readonly transport?: boolean | undefined;
  /** Whether events, media events and component responses may be. @default true */
  readonly transcript?: boolean | undefined;
  /** Entry types of the app's own. @default none */
  readonly entryTypes?: OwnEntryTypes | undefined;
}

/** Settings with every default filled in, and own entry types parsed. */
export interface Policy {
  readonly enabled: boolean;
  readonly transport: boolean;
  readonly transcript: boolean;
  readonly catalogue: Catalogue;
}

/**
 * The policy that these settings make; make it once for many entries. Only `false` switches something off.
 *
 * @throws Error when own entry types have problems (`problemsOfCatalogue`).
 */
export function policyOf(settings: SensitiveDataSettings = {}): Policy {
  return {
    enabled: settings.enabled !== false,
    transport: settings.transport !== false,
    transcript: settings.transcript !== false,
    catalogue: catalogueOf(settings.entryTypes),
  };
}
