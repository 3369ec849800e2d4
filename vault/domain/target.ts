// What becomes of each app when the settings of the stack change. Pure: the use cases store what it decides.

import { type AppOwner, type AppRecord, changeSettings, documentDigest } from './app-record.ts';
import { detachRecord, endRecord, isBeingDestroyed, isPastReturn, retireRecord } from './app-state.ts';
import { DaykeyError } from './errors.ts';
import { capacityProblem } from './kek-life/capacity.ts';
import type { KekLife } from './kek-life/life.ts';
import type { AppSettings } from './settings.ts';
import type { VaultWide } from './vault-record.ts';

/** The settings that the apps of the stack are to follow. */
export interface Target {
  readonly apps: ReadonlyMap<string, AppSettings>;
  readonly retire: ReadonlySet<string>;
  readonly vault: VaultWide;
}

/** The end of the vault: every app goes, those of both owners. */
export const END_OF_VAULT = 'end of vault';

/** The record of an app that an owner sets up or changes. @throws DaykeyError `conflict` while it is being destroyed. */
export function follow(
  record: AppRecord,
  settings: AppSettings,
  owner: AppOwner,
  nowS: number,
  newGeneration: () => string,
): AppRecord {
  if (isBeingDestroyed(record, nowS)) throw new DaykeyError('conflict', stillEnding(record.app));
  const digest = documentDigest(JSON.stringify(settings));
  const isSame = record.settings?.state === 'live' && record.digest === digest && record.owner === owner;
  return isSame ? record : { ...changeSettings(record, { settings, digest }, nowS, newGeneration), owner };
}

/** The record that an app is to have. The same object when nothing changes. */
export function nextRecord(
  record: AppRecord,
  target: Target | typeof END_OF_VAULT,
  nowS: number,
  newGeneration: () => string,
): AppRecord {
  if (target === END_OF_VAULT) return record.settings?.state === 'gone' ? record : endRecord(record, nowS);
  const { app } = record;
  const settings = target.apps.get(app);
  if (settings) return follow(record, settings, 'stack', nowS, newGeneration);
  // Never set up, or an update that was taken back was about to set it up.
  if (record.version === 0 || (record.settings === undefined && record.digest === undefined)) return record;
  if (record.owner === 'cli') return withLife(record, target.vault.life);
  return target.retire.has(app) ? retireRecord(record, nowS) : detachRecord(record, nowS);
}

/** Every problem of a target, one line each: what is wrong, and what to do. */
export function problemsOf(target: Target, records: ReadonlyMap<string, AppRecord>, nowS: number): string[] {
  const problems: string[] = [];
  const isOfCli = (app: string) => isTaken(records.get(app), 'stack', nowS);
  for (const [app, settings] of target.apps) {
    if (isOfCli(app)) problems.push(`apps.${app}: ${ownedBy('cli', app)}`);
    const record = records.get(app);
    problems.push(...rolesInTheWay(settings, record));
    if (record && isBeingDestroyed(record, nowS)) problems.push(`apps.${app}: ${stillEnding(app)}`);
  }
  for (const app of target.retire) if (isOfCli(app)) problems.push(`retire: ${ownedBy('cli', app)}`);
  const kept = [...records.values()].flatMap(({ owner, settings }) =>
    owner === 'cli' && settings?.state === 'live' ? [settings] : [],
  );
  const capacity = capacityOf([...target.apps.values(), ...kept], target.vault);
  return capacity === undefined ? problems : [...problems, capacity];
}

/** Whether the app belongs to the other owner, who may still want it back. */
export function isTaken(record: AppRecord | undefined, owner: AppOwner, nowS: number): boolean {
  return record?.settings !== undefined && record.owner !== owner && !isPastReturn(record, nowS);
}

/** Why an app cannot be set up or retired by the other side. */
export function ownedBy(owner: AppOwner, app: string): string {
  return owner === 'cli'
    ? `the app ${app} belongs to the command line: retire it with \`daykey app retire ${app}\` first, or leave it out here`
    : `the app ${app} belongs to the settings of the vault's stack: change it there`;
}

/** Why an app cannot be set up whose remains are still there. */
export function stillEnding(app: string): string {
  return `the app ${app} has retired and is being destroyed: try again in half an hour`;
}

/** What is wrong with so many apps; `undefined` when their keys fit the account. */
export function capacityOf(apps: readonly AppSettings[], vault: VaultWide): string | undefined {
  const pools = new Set(apps.flatMap(({ keys }) => (keys ? [keys.pool] : [])));
  const ownKeys = apps.filter(({ keys }) => keys === undefined).length;
  const problem = capacityProblem({ ownKeys, pools: pools.size }, vault.life, vault.deletionWindowDays);
  return problem === undefined ? undefined : `apps: ${problem}`;
}

/** Roles of the settings that another stack has given to another integration of the app. */
function rolesInTheWay(settings: AppSettings, record: AppRecord | undefined): string[] {
  return (record?.addedRoles ?? []).flatMap(({ integration, role }) =>
    Object.entries(settings.integrations)
      .filter(([name, { roles }]) => name !== integration && roles.includes(role))
      .map(
        ([name]) =>
          `apps.${settings.app}.integrations.${name}.roleArns: lists the role ${role}, which another stack gave to ${integration}: remove one of them`,
      ),
  );
}

/** The record with another life of keys. A default time to live that was the maximum stays the maximum. */
function withLife(record: AppRecord, life: KekLife): AppRecord {
  const { settings } = record;
  if (settings === undefined || JSON.stringify(settings.life) === JSON.stringify(life)) return record;
  const wasLongest = settings.defaultTtlS === settings.life.maxTtlS;
  const defaultTtlS = wasLongest ? life.maxTtlS : Math.min(settings.defaultTtlS, life.maxTtlS);
  return { ...record, settings: { ...settings, life, defaultTtlS } };
}
