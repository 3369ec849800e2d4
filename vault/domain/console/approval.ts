// Approvals: how a reveal that waits for a second person is named, and how long it waits.

import { createHash } from 'node:crypto';

/** How long a request for approval lasts, approved or not, in seconds. */
export const APPROVAL_S = 3600;

/**
 * The ID of a request: one for each value and person. It holds no ref, and shows no `sub` of an issuer.
 *
 * @param field as in the audit log, `bundleId:index`.
 */
export function approvalId(field: string, subject: string): string {
  return `${field}#${subjectHash(subject)}`;
}

/** Whether the person asks for this approval. */
export function isAskedBy(id: string, subject: string): boolean {
  return id.endsWith(`#${subjectHash(subject)}`);
}

function subjectHash(subject: string): string {
  return createHash('sha256').update(subject).digest('base64url');
}
