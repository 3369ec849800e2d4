// An app's policy on sensitive data: its settings, ready to be held against entries.

import { buildCatalogue, type Catalogue } from './catalogue.ts';
import type { EntryTypes } from './entry-type.ts';

/** What an app may set. */
export interface SensitiveDataSettings {
  /** Whether anything is sealed at all. @default true */
  readonly enabled?: boolean | undefined;
  /** Whether HTTP and WS entries are sensitive. @default true */
  readonly transport?: boolean | undefined;
  /** Whether events, media events and component responses may be sensitive. @default true */
  readonly transcript?: boolean | undefined;
  /** The app's own entry types, and its changes to built-in ones. @default none */
  readonly entryTypes?: EntryTypes | undefined;
}

/** Settings with every default filled in, and a catalogue that is ready to use. */
export interface Policy {
  readonly enabled: boolean;
  readonly transport: boolean;
  readonly transcript: boolean;
  readonly catalogue: Catalogue;
}

const policies = new WeakMap<SensitiveDataSettings, Policy>();
const STANDARD: SensitiveDataSettings = {};

/**
 * The policy that these settings make. Only `false` switches something off. Remembered for as long as the same settings
 * object is, so that a request does not parse the entry types again.
 *
 * @throws Error when the entry types have problems (`checkEntryTypes`).
 */
export function policyFor(settings: SensitiveDataSettings = STANDARD): Policy {
  const remembered = policies.get(settings);
  if (remembered) return remembered;
  const policy = {
    enabled: settings.enabled !== false,
    transport: settings.transport !== false,
    transcript: settings.transcript !== false,
    catalogue: buildCatalogue(settings.entryTypes),
  };
  policies.set(settings, policy);
  return policy;
}
