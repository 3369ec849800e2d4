// The end of a vault: every app goes at once, those of both owners, and every key with them.

import { NO_SETTINGS, RETIRED, withdraw } from '../../domain/app-record.ts';
import { END_OF_VAULT } from '../../domain/target.ts';
import { secondsOf } from '../../ports/clock.ts';
import { fulfilled, settledInTurn } from '../settled-in-turn.ts';
import {
  type ApplyDeps,
  type ApplyOutcome,
  claimed,
  everyRecord,
  followAll,
  type StackRequest,
} from './apply-settings.ts';
import { destroyKeysOf, type EndDeps, endApp } from './end-app.ts';
import { RESERVED_MS } from './first-keys.ts';

export type EndVaultDeps = ApplyDeps & EndDeps;

/** ScheduleKeyDeletion is called 15 times a second at most, for an account and Region. */
const APPS_AT_ONCE = 8;

/**
 * Ends every app and every pool. A vault that has ended is done already.
 *
 * @param setUp the resource that set the vault up, and the digest of its settings, whether any app follows them or not.
 * @throws AggregateError whose message says why keys are left, in KMS's words.
 */
export async function endVault(
  deps: EndVaultDeps,
  setUp: { readonly resource: string; readonly digest: string },
  request: StackRequest,
): Promise<ApplyOutcome> {
  const vaultRecord = await claimed(deps, request);
  if (vaultRecord === undefined) return 'repeated';
  // The create of another resource was refused, and its deletion ends nothing.
  if (vaultRecord.resource !== undefined && vaultRecord.resource !== setUp.resource) return 'done';
  const records = await everyRecord(deps.register);
  let { version } = vaultRecord;
  if (request.continues === undefined) {
    // If nothing is set up, the request to set the vault up may still arrive. It is refused then.
    const isNew = vaultRecord.digest === undefined || vaultRecord.digest === RETIRED;
    const nowS = secondsOf(deps.clock());
    const ending = isNew ? withdraw(vaultRecord, { from: NO_SETTINGS, to: setUp.digest }, nowS) : vaultRecord;
    ({ version } = (await followAll(deps, ending, records, { target: END_OF_VAULT, digest: RETIRED })).stored);
  }
  const apps = await deps.register.ending();
  const pools = new Set(
    [...records.values()].flatMap(({ settings, formerPools }) => [
      ...(settings?.keys ? [settings.keys.pool] : []),
      ...formerPools.flatMap(({ pool }) => (pool === 'own' ? [] : [pool])),
    ]),
  );
  const tasks = [
    ...apps.map((app) => () => endApp(deps, app)),
    ...[...pools].map((pool) => () => destroyKeysOf(deps, { pool })),
  ];
  const results = await settledInTurn(tasks, APPS_AT_ONCE, async (task) => {
    if (deps.remainingMs() < RESERVED_MS) return false;
    await task();
    return true;
  });
  return fulfilled(results).every(Boolean) ? 'done' : version;
}
