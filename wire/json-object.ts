// Objects of JSON.

/** An object of JSON: neither an array nor `null`. */
export interface JsonObject {
  readonly [name: string]: unknown;
}

/** Whether a JSON value is an object. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
