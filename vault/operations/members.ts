// Reads members of a value of which nothing is known, so that no event is an error of the vault.

export type Members = Readonly<Record<string, unknown>>;

/** The members of an object; none of anything else. */
export function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? (value as Members) : {};
}

/** A text; an empty one in the place of anything else. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The texts of a list, as {@link textOf} reads each. */
export function textsOf(values: unknown): string[] {
  return Array.isArray(values) ? values.map(textOf) : [];
}
