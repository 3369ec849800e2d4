// Checks a body against its schema and says what is wrong without repeating what was sent.

import type * as z from 'zod/mini';
import { dottedPath } from '../../wire/path.ts';
import { DaykeyError } from '../domain/errors.ts';

/** Faults named in one answer. */
const MOST_FAULTS = 10;

type Issue = z.core.$ZodIssue;

/** What zod/mini says where a schema has no message. */
const NO_MESSAGE = 'Invalid input';

/** The body in its documented shape. @throws DaykeyError `invalid-request` with every path at fault. */
export function checked<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const faults = result.error.issues
    .flatMap((issue) => pathsOf(issue).map((path) => ({ path, text: textOf(issue) })))
    .slice(0, MOST_FAULTS);
  const detail = faults.map(({ path, text }) => `${path || 'body'}: ${text}`).join('; ');
  throw new DaykeyError('invalid-request', detail, { paths: faults.map(({ path }) => path) });
}

function pathsOf(issue: Issue): string[] {
  const path = issue.path.map(String);
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
  return keys.map((key) => dottedPath([...path, ...(key === undefined ? [] : [key])]));
}

function textOf(issue: Issue): string {
  // A message that the schema gives says best what to do.
  if (issue.message !== NO_MESSAGE) return issue.message;
  switch (issue.code) {
    case 'unrecognized_keys':
      return 'unknown member';
    case 'invalid_type':
      return `${issue.expected} expected`;
    case 'too_small':
      return `at least ${issue.minimum} expected`;
    case 'too_big':
      return `at most ${issue.maximum} expected`;
    case 'invalid_format':
      return `${issue.format} expected`;
    default:
      return 'not the documented shape';
  }
}
