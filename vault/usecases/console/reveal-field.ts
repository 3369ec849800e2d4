// Reveals one value of a logged entry: the log key gives its ref, and the decrypt function decides.

import { openSecrets } from '../../domain/console/log-row.ts';
import type { Reveal } from '../../ports/audit-log.ts';
import type { LogKeyHolder } from '../../ports/entry-log.ts';
import type { Revealed, RevealingVault } from '../../ports/revealing-vault.ts';
import { type BrowseDeps, findLive } from './browse.ts';

export interface RevealFieldDeps extends BrowseDeps {
  logKey: LogKeyHolder;
  vault: RevealingVault;
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

/** Reveals a value. A row that has ended, that is not there or that was changed gives stars, without asking any key. */
export async function revealField(
  deps: RevealFieldDeps,
  place: LoggedFieldPlace,
  reveal: Reveal,
): Promise<RevealedField> {
  const row = await findLive(deps, place);
  if (row === undefined || place.field >= row.face.fields.length) return GONE;
  const key = await deps.logKey.unwrap(row.sealed.wrappedKey);
  const secrets = key && openSecrets(key, row, row.sealed);
  const ref = secrets?.refs[place.field];
  if (secrets === undefined || ref === undefined) return GONE;
  const { person, reason, ticket } = reveal;
  const revealed = await deps.vault.reveal({ app: place.app, ref, person, reason, ticket });
  return { revealed, entryId: secrets.entryId, threadId: secrets.threadId };
}
