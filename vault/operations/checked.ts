// Checks a body against its schema. A refusal names paths and limits, and repeats no value.

import type * as z from 'zod/mini';
import { dottedPath } from '../../wire/path.ts';
import { DaykeyError } from '../domain/errors.ts';

/** How many faults one answer names. */
const MAX_FAULTS = 10;
/** How many bytes of JSON they take, so that an answer stays below 4 KB. It has each path in `detail` and in `paths`. */
const MAX_FAULTS_BYTES = 3600;

type Issue = z.core.$ZodIssue;

/** The body in its documented shape. @throws DaykeyError `invalid-request` with the first paths at fault. */
export function checked<Schema extends z.ZodMiniType>(schema: Schema, body: unknown): z.output<Schema> {
  const result = schema.safeParse(body, { error: issueText });
  if (result.success) return result.data;
  let bytes = 0;
  const faults = result.error.issues
    .flatMap((issue) => issuePaths(issue).map((path) => ({ path, text: issue.message })))
    .slice(0, MAX_FAULTS)
    .filter(({ path, text }) => {
      bytes += 2 * Buffer.byteLength(JSON.stringify(path)) + Buffer.byteLength(text);
      return bytes <= MAX_FAULTS_BYTES;
    });
  const detail = faults.map(({ path, text }) => `${path || 'body'}: ${text}`).join('; ');
  throw new DaykeyError('invalid-request', detail, { paths: faults.map(({ path }) => path) });
}

function issuePaths(issue: Issue): string[] {
  const path = issue.path.map(String);
  const keys = issue.code === 'unrecognized_keys' ? issue.keys : [undefined];
  return keys.map((key) => dottedPath([...path, ...(key === undefined ? [] : [key])]));
}

/** The text of an issue for which the schema has no message. Not zod's own texts: they depend on a global locale. */
function issueText(issue: z.core.$ZodRawIssue): string {
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
