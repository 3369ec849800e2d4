// A JSON object used as a map from names to values: hostile names such as `__proto__` stay plain names.

import * as z from 'zod/mini';
import { described } from './described.ts';
import { MAX_FIELDS, MAX_NAME_LENGTH } from './limits.ts';

/**
 * An object of 1 to 64 members with names of 1 to 128 characters, kept as it was parsed.
 *
 * @param memberShape JSON Schema of a member.
 */
export function named<Schema extends z.ZodMiniType>(description: string, member: Schema, memberShape: object) {
  const schema = z.custom<Readonly<Record<string, z.output<Schema>>>>().check((payload) => {
    const { value, issues } = payload;
    const fail = (message: string, path: string[] = []) =>
      issues.push({ code: 'custom', message, path, input: undefined });
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      fail('an object of names and values is expected');
      return;
    }
    // zod's own record drops `__proto__`, so a value would be lost silently.
    const entries = Object.entries(value);
    if (entries.length < 1 || entries.length > MAX_FIELDS) {
      fail(`1 to ${MAX_FIELDS} members are expected, got ${entries.length}`);
      return;
    }
    for (const [name, content] of entries) {
      if (name.length < 1 || name.length > MAX_NAME_LENGTH) fail(`a name has 1 to ${MAX_NAME_LENGTH} characters`);
      else if (!member.safeParse(content).success) fail('a string is expected', [name]);
    }
  });
  return described(description, schema, {
    type: 'object',
    minProperties: 1,
    maxProperties: MAX_FIELDS,
    propertyNames: { minLength: 1, maxLength: MAX_NAME_LENGTH },
    additionalProperties: memberShape,
  });
}

/** 1 to 64 refs by name, checked later: a string that is no ref is not an error. */
export function namedRefs(hint: string) {
  const description = `1 to ${MAX_FIELDS} refs under names that you choose, each of 1 to ${MAX_NAME_LENGTH} characters. ${hint}`;
  return named(description, z.string(), { type: 'string' });
}
