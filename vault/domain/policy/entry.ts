// What flows through a platform, and what its sensitivity depends on.

/** The kinds of entries, one for each rule. */
export const ENTRY_KINDS = ['http', 'ws', 'event', 'media-event', 'component-response', 'trigger-response'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** One entry, as an integration or a component hands it over. Only `data` is ever sealed. */
export interface Entry {
  /** Which fields are sensitive: a type of the catalogue or of the app's own. */
  readonly type: string;
  /** `true` flags an event as sensitive. `false` never overrides a rule. */
  readonly sensitive?: boolean | undefined;
  /** Whose event it is. */
  readonly user?: { readonly type: string } | undefined;
  readonly data: JsonObject;
}

/** Where an entry comes up. What is missing where its rule needs it counts as sensitive. */
export interface Context {
  /** The thread that an event belongs to: `bot`, `agent`, `prechat` or any mode of the platform's. */
  readonly thread?: { readonly mode: string } | undefined;
  /** The component that gave a response. @default sensitive */
  readonly component?: { readonly sensitive?: boolean | undefined } | undefined;
  /** Whether the incoming event that set off a trigger was sensitive. */
  readonly cause?: { readonly sensitive: boolean } | undefined;
}

/** An object of JSON: neither an array nor `null`. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

/** Whether a JSON value is an object: neither an array nor `null`. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
