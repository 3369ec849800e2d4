// A row of the audit log, checked when it is read.

import * as z from 'zod/mini';
import type { AuditIntent } from '../../vault/ports/audit-log.ts';
import { OPERATIONS } from '../../wire/operations.ts';
import type { Item } from './calls.ts';

/** The instant and the request ID in a sort key. */
const SORT_KEY = /^([^#]+)#(.+)$/;
/** The app in the partition of a request, or of reveals. */
const PARTITION = /^(?:#reveals#)?([^#]+)#/;

const person = z.object({ subject: z.string(), name: z.string() });

// App, instant and request ID are in the keys.
const AuditRow = z.object({
  pk: z.string(),
  sk: z.string(),
  integration: z.string(),
  credential: z.string(),
  operation: z.enum([...OPERATIONS, 'reveal']),
  refs: z.array(z.string()),
  count: z.int(),
  reveal: z.optional(
    z.object({
      person,
      reason: z.string(),
      ticket: z.optional(z.string()),
      approver: z.optional(person),
    }),
  ),
});

/** The intent in a row; `undefined` when the row is malformed. */
export function readIntent(item: Item): AuditIntent | undefined {
  const { success, data } = AuditRow.safeParse(item);
  if (!success) return undefined;
  const { pk, sk, ...intent } = data;
  const app = PARTITION.exec(pk)?.[1];
  const [, at = '', requestId] = SORT_KEY.exec(sk) ?? [];
  const atMs = Date.parse(at);
  if (app === undefined || requestId === undefined || Number.isNaN(atMs)) return undefined;
  return { ...intent, app, requestId, atMs };
}
