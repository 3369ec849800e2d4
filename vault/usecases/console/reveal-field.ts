// Reveals one value of a logged entry: the log key gives its ref, and the decrypt function decides.

import { APPROVAL_S, approvalId } from '../../domain/console/approval.ts';
import { type LogRow, openSecrets, positionOf } from '../../domain/console/log-row.ts';
import { fieldName, parseRef } from '../../domain/envelope/ref.ts';
import type { Approvals } from '../../ports/approvals.ts';
import type { Reveal } from '../../ports/audit-log.ts';
import { secondsOf } from '../../ports/clock.ts';
import type { LogKeyHolder } from '../../ports/entry-log.ts';
import type { Revealed, RevealingVault } from '../../ports/revealing-vault.ts';
import { type BrowseDeps, findLive } from './browse.ts';

export interface RevealFieldDeps extends BrowseDeps {
  logKey: LogKeyHolder;
  vault: RevealingVault;
  approvals: Approvals;
}

/** A value in the log: the row, and the number of the field in it. */
export interface LoggedFieldPlace {
  readonly app: string;
  readonly atMs: number;
  readonly id: string;
  readonly field: number;
}

/** What came of a reveal, and the platform's IDs, which the row keeps sealed too. */
export interface RevealedField {
  readonly revealed: Revealed;
  readonly entryId?: string | undefined;
  readonly threadId?: string | undefined;
}

const GONE: RevealedField = { revealed: { status: 'redacted' } };

/**
 * Reveals a value. A row that has ended, that is not there or that was changed gives stars, without asking any key. Where a second
 * person has to approve it first, the request is stored for them.
 *
 * @param values of the claim that show the person apps.
 */
export async function revealField(
  deps: RevealFieldDeps,
  place: LoggedFieldPlace,
  reveal: Reveal,
  values: readonly string[],
): Promise<RevealedField> {
  const row = await findLive(deps, place);
  if (row === undefined || place.field >= row.face.fields.length) return GONE;
  const key = await deps.logKey.unwrap(row.sealed.wrappedKey);
  const secrets = key && openSecrets(key, row, row.sealed);
  const ref = secrets?.refs[place.field];
  if (secrets === undefined || ref === undefined) return GONE;
  const { person, reason, ticket } = reveal;
  const revealed = await deps.vault.reveal({ app: place.app, values, ref, person, reason, ticket });
  if (revealed.status === 'unapproved') await askForApproval(deps, row, place.field, ref, reveal);
  return { revealed, entryId: secrets.entryId, threadId: secrets.threadId };
}

async function askForApproval(
  { approvals, clock }: RevealFieldDeps,
  row: LogRow,
  number: number,
  text: string,
  { person, reason, ticket }: Reveal,
): Promise<void> {
  const ref = parseRef(text);
  const field = row.face.fields[number];
  if (ref === undefined || field === undefined) return;
  ref.refKek.fill(0);
  const askedAtS = secondsOf(clock());
  await approvals.ask({
    app: row.app,
    id: approvalId(fieldName(ref), person.subject),
    position: positionOf(row),
    field: number,
    pointer: field.pointer,
    person,
    reason,
    ticket,
    askedAtS,
    endsAtS: Math.min(askedAtS + APPROVAL_S, row.expiresAtS),
  });
}
