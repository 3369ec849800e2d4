// Makes the apps of the stack follow its settings: one request of CloudFormation, however many apps there are.

import { randomBytes, randomUUID } from 'node:crypto';
import {
  type AppRecord,
  claimRequest,
  isWithdrawn,
  NO_SETTINGS,
  newRecord,
  RETIRED,
  withdraw,
} from '../../domain/app-record.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { SettingsError } from '../../domain/settings/parse.ts';
import { END_OF_VAULT, nextRecord, problemsOf, type Target } from '../../domain/target.ts';
import { type VaultRecord, withDocument } from '../../domain/vault-record.ts';
import type { AppRegister } from '../../ports/app-register.ts';
import { secondsOf } from '../../ports/clock.ts';
import { fulfilled, settledInTurn } from '../settled-in-turn.ts';
import { type FirstKeysDeps, firstKeys } from './first-keys.ts';
import { forOneBatch, inEpoch, type StoreDeps, storeApp } from './store-app.ts';
import { storeChange } from './store-change.ts';
import type { Outcome } from './trust-role.ts';

export interface ApplyDeps extends FirstKeysDeps {
  readonly keyRing: FirstKeysDeps['keyRing'] & StoreDeps['keyRing'];
  readonly register: AppRegister;
  /** The settings in a text that was kept earlier. */
  readonly readTarget: (text: string) => Target;
}

/** What {@link applySettings} makes the apps follow. */
export interface StackChange {
  readonly target: Target;
  /** What the target was read from, and what names it. */
  readonly text: string;
  readonly digest: string;
  /** Digest of the settings that the change replaces. @default none: the vault is new */
  readonly replaces?: string | undefined;
  /** ID of the CloudFormation resource that asks for it. */
  readonly resource: string;
}

/** A request that may be repeated or come late, and changes something once. */
export interface StackRequest {
  readonly id: string;
  /** Set when an earlier invocation ran out of time: the version of the record of the vault that it left. */
  readonly continues?: number | undefined;
}

/** What became of a request. A number: its time was over; go on with this in {@link StackRequest.continues}. */
export type ApplyOutcome = Outcome | number;

const APPS_AT_ONCE = 16;
const GENERATION_BYTES = 16;

/** What the generation of a new integration is made of. */
export function newGeneration(): string {
  return randomBytes(GENERATION_BYTES).toString('base64url');
}

/**
 * Stores the settings of every app that they change, and returns once all can encrypt. Everything is checked before the first app
 * changes. An update to settings that the apps follow already changes nothing: it takes back an update that never arrived, and
 * that is refused if it arrives later.
 *
 * @throws SettingsError for every problem of the settings, each with what to do; DaykeyError `conflict` when the apps follow
 * other settings than those to be replaced, a later request came in between, or the change was taken back; `unavailable` when a
 * key does not get ready.
 */
export async function applySettings(
  deps: ApplyDeps,
  change: StackChange,
  request: StackRequest,
): Promise<ApplyOutcome> {
  const { digest, replaces, target } = change;
  const vaultRecord = await claimed(deps, request);
  if (vaultRecord === undefined) return 'repeated';
  if (request.continues !== undefined)
    return await finish(deps, vaultRecord, (await everyRecord(deps.register)).values());
  const nowS = secondsOf(deps.clock());
  if (replaces !== undefined && vaultRecord.digest === digest && vaultRecord.isApplied) {
    await deps.register.storeVault(withdraw(vaultRecord, { from: digest, to: replaces }, nowS), vaultRecord);
    return 'done';
  }
  checkReplaced(vaultRecord, change);
  if (isWithdrawn(vaultRecord, { from: replaces ?? NO_SETTINGS, to: digest }, nowS)) {
    throw new DaykeyError('conflict', 'this change was rolled back: deploy again in two minutes');
  }
  const records = await everyRecord(deps.register);
  const problems = problemsOf(target, records, nowS);
  if (problems.length > 0) throw new SettingsError(problems);
  const { stored, changed } = await followAll(deps, { ...vaultRecord, resource: change.resource }, records, {
    target,
    text: change.text,
    digest,
  });
  return await finish(deps, stored, changed);
}

/** Waits for the first keys of the live apps among these. */
async function finish(deps: ApplyDeps, { version }: VaultRecord, changed: Iterable<AppRecord>): Promise<ApplyOutcome> {
  const live = [...changed].flatMap(({ settings }) => (settings?.state === 'live' ? [settings] : []));
  return (await firstKeys(deps, live)) ? 'done' : version;
}

/**
 * The record of the vault with the request noted in it, which no earlier request can then change; `undefined` for a repeated
 * request, and for one whose continuation a later request has overtaken.
 */
export async function claimed(
  { register }: Pick<ApplyDeps, 'register'>,
  { id, continues }: StackRequest,
): Promise<VaultRecord | undefined> {
  if (continues !== undefined) {
    const read = await register.readVault();
    return read.version === continues ? read : undefined;
  }
  const delivery = randomUUID();
  // After a conflict it is read again: the request in between may be this one, delivered twice.
  return await storeChange(
    { read: () => register.readVault(), store: (next, read) => register.storeVault(next, read) },
    (read) => claimRequest(read, id, delivery),
  );
}

/** Makes every app follow the target. Leaves out an app that does so already, unless an earlier request may be changing it. */
export async function followAll(
  deps: ApplyDeps,
  vaultRecord: VaultRecord,
  records: ReadonlyMap<string, AppRecord>,
  {
    target,
    text,
    digest,
  }:
    | { target: Target; text: string; digest: string }
    | { target: typeof END_OF_VAULT; text?: undefined; digest: typeof RETIRED },
): Promise<{ readonly stored: VaultRecord; readonly changed: readonly AppRecord[] }> {
  const { register, clock } = deps;
  const isForced = !vaultRecord.isApplied || target === END_OF_VAULT;
  const names = new Set([...records.keys(), ...(target === END_OF_VAULT ? [] : target.apps.keys())]);
  if (isForced) for (const app of await namesInDocuments(deps, vaultRecord)) names.add(app);
  if (text !== undefined) await register.keepDocument(digest, text);
  const { kept, dropped } =
    text === undefined ? { kept: vaultRecord.documents, dropped: [] } : withDocument(vaultRecord.documents, digest);
  const vault = target === END_OF_VAULT ? vaultRecord.vault : target.vault;
  const applying = await register.storeVault(
    { ...vaultRecord, digest, vault, isApplied: false, documents: kept },
    vaultRecord,
  );
  for (const each of dropped) await register.dropDocument(each);
  const nowS = secondsOf(clock());
  const next = (record: AppRecord) => nextRecord(record, target, nowS, newGeneration);
  const known = [...names].map((app) => records.get(app) ?? newRecord(app));
  const toChange = known.filter((record) => isForced || next(record) !== record);
  const change = inEpoch(applying.version, next, isForced);
  const batch = { keyRing: forOneBatch(deps.keyRing) };
  const changed = fulfilled(
    await settledInTurn(toChange, APPS_AT_ONCE, (record) => storeApp(batch, record.app, change, record)),
  );
  return { stored: await register.storeVault({ ...applying, isApplied: true }, applying), changed };
}

/** Every record there is, by the app's name. */
export async function everyRecord(register: Pick<AppRegister, 'records'>): Promise<Map<string, AppRecord>> {
  const records = new Map<string, AppRecord>();
  for await (const page of register.records()) for (const record of page) records.set(record.app, record);
  return records;
}

/** The apps of settings that an earlier request may still be storing. */
async function namesInDocuments({ register, readTarget }: ApplyDeps, { documents }: VaultRecord): Promise<string[]> {
  const texts = await Promise.all(documents.map((digest) => register.findDocument(digest)));
  return texts.flatMap((text) => (text === undefined ? [] : [...readTarget(text).apps.keys()]));
}

/** @throws DaykeyError `conflict` */
function checkReplaced(vaultRecord: VaultRecord, { digest, replaces, resource }: StackChange): void {
  if (vaultRecord.digest === undefined || (replaces === undefined && vaultRecord.digest === RETIRED)) return;
  if (vaultRecord.resource !== resource) {
    const message = 'the apps of this vault belong to another resource: keep the logical ID of Custom::DaykeyApps';
    throw new DaykeyError('conflict', message);
  }
  if (replaces === undefined || vaultRecord.digest === digest || vaultRecord.digest === replaces) return;
  const message =
    'the apps follow other settings than those that this update replaces: see "An update of the apps is refused" in docs/operations.md';
  throw new DaykeyError('conflict', message);
}
