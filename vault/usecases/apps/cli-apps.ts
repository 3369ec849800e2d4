// The apps of the command line: setting them up, listing all, showing one, retiring them.

import { type AppOwner, type AppRecord, newRecord, RETIRED } from '../../domain/app-record.ts';
import { endRecord, isBeingDestroyed, retireRecord } from '../../domain/app-state.ts';
import { DaykeyError } from '../../domain/errors.ts';
import { lifeDocument, parseApps, SettingsError } from '../../domain/settings/parse.ts';
import type { AppSettings, AppState } from '../../domain/settings.ts';
import { capacityOf, follow, isTaken, ownedBy, stillEnding } from '../../domain/target.ts';
import type { VaultWide } from '../../domain/vault-record.ts';
import type { AppRegister } from '../../ports/app-register.ts';
import { secondsOf } from '../../ports/clock.ts';
import { fulfilled, settledInTurn } from '../settled-in-turn.ts';
import { everyRecord, newGeneration } from './apply-settings.ts';
import { type FirstKeysDeps, firstKeys } from './first-keys.ts';
import { forOneBatch, type StoreDeps, storeApp } from './store-app.ts';

export interface CliDeps extends FirstKeysDeps {
  readonly keyRing: FirstKeysDeps['keyRing'] & StoreDeps['keyRing'];
  readonly register: Pick<AppRegister, 'readVault' | 'records'>;
}

/** What the command line shows of an app. */
export interface ListedApp {
  readonly app: string;
  readonly owner: AppOwner;
  readonly state: AppState | 'unreadable';
  /** When an app that is not live entered its state, in seconds since 1970. */
  readonly sinceS?: number;
  /** `own`, or the number of its pool. */
  readonly keys: 'own' | number;
  readonly integrations: readonly string[];
}

/** Everything that is set up of an app. */
export interface ShownApp extends ListedApp {
  readonly settings?: AppSettings;
  /** Roles that other stacks gave to its integrations. */
  readonly addedRoles: readonly { readonly integration: string; readonly role: string }[];
}

export interface AppPage {
  readonly apps: readonly ListedApp[];
  /** The last app of this page, to go on after it; absent on the last page. */
  readonly next?: string;
}

/** A task, as the payload of an invocation. */
export type AppsRequest =
  /** `apps` as in the settings of a vault. */
  | { readonly task: 'put'; readonly apps: unknown }
  | { readonly task: 'retire'; readonly apps: readonly string[] }
  /** The page after the app `after`. */
  | { readonly task: 'list'; readonly after?: string }
  | { readonly task: 'show'; readonly app: string }
  /** Of the schedule. */
  | { readonly task: 'end-retired' };

/** What an invocation answers. Problems are not thrown: a wrong setting of a caller must not ring `FunctionErrors`. */
export interface AppsAnswer extends Partial<AppPage> {
  /** Why it failed; absent when it did not. */
  readonly problem?: string;
  /** Of `put`: whether all apps can encrypt. If not, the same request goes on. */
  readonly isReady?: boolean;
  /** Of `show`: the app; absent when there is none. */
  readonly shown?: ShownApp;
}

/** Apps in one page of a list, so that its answer fits a Lambda answer. */
const PAGE = 1000;
const APPS_AT_ONCE = 16;
const ROUNDS = 3;
const NOT_SET_UP = 'no app was set up';

/**
 * Sets up apps, or changes them. Returns whether all can encrypt; if not, the time was over, and the same call goes on.
 *
 * @param apps as in the settings of a vault.
 * @throws SettingsError for every problem, before anything is stored; DaykeyError as {@link firstKeys}.
 */
export async function putApps(deps: CliDeps, apps: unknown): Promise<boolean> {
  for (let round = 1; ; round += 1) {
    const vault = await vaultWide(deps);
    const settings = parseCliApps(apps, vault);
    const records = await everyRecord(deps.register);
    const problems = problemsWith(settings, records, vault, secondsOf(deps.clock()));
    if (problems.length > 0) throw new SettingsError(problems, NOT_SET_UP);
    const batch = { clock: deps.clock, keyRing: forOneBatch(deps.keyRing) };
    const written = fulfilled(
      await settledInTurn(settings, APPS_AT_ONCE, (each) => put(batch, each, records.get(each.app))),
    );
    const now = await deps.register.readVault();
    if (now.digest === RETIRED) {
      // The vault ended while this was at work.
      for (const { app } of settings) {
        await storeApp(deps, app, (record) => endRecord(record, secondsOf(deps.clock())));
      }
      throw noVault();
    }
    // The settings of the stack changed what all apps have in common: once more.
    if (JSON.stringify(now.vault) !== JSON.stringify(vault) && round < ROUNDS) continue;
    return await firstKeys(
      deps,
      written.flatMap((record) => (record.settings ? [record.settings] : [])),
    );
  }
}

/** Retires apps of the command line. An app that is retired already is done. @throws SettingsError before anything is stored. */
export async function retireApps(deps: CliDeps, apps: readonly string[]): Promise<void> {
  const nowS = secondsOf(deps.clock());
  const records = await Promise.all(apps.map((app) => deps.keyRing.readRecord(app)));
  const problems = apps.flatMap((app, index) => {
    const record = records[index];
    if (record === undefined) return [`${app}: the vault has no such app: check the name with \`daykey app list\``];
    return record.owner === 'cli' ? [] : [ownedBy(record.owner, app)];
  });
  if (problems.length > 0) throw new SettingsError(problems, 'no app was retired');
  for (const app of apps) await storeApp(deps, app, (record) => retireRecord(record, nowS));
}

/** One page of apps, in no order. */
export async function listApps({ register }: CliDeps, after?: string): Promise<AppPage> {
  const apps: ListedApp[] = [];
  for await (const page of register.records(after)) {
    for (const record of page) {
      if (isKnown(record)) apps.push(listed(record));
      if (apps.length === PAGE) return { apps, next: record.app };
    }
  }
  return { apps };
}

/** One app; `undefined` for one that was never set up. */
export async function showApp({ keyRing }: CliDeps, app: string): Promise<ShownApp | undefined> {
  const record = await keyRing.readRecord(app);
  if (record === undefined || !isKnown(record)) return undefined;
  const { settings, addedRoles } = record;
  return {
    ...listed(record),
    ...(settings && { settings }),
    addedRoles: addedRoles.map(({ integration, role }) => ({ integration, role })),
  };
}

function put(
  deps: StoreDeps & Pick<CliDeps, 'clock'>,
  settings: AppSettings,
  known: AppRecord | undefined,
): Promise<AppRecord> {
  const nowS = secondsOf(deps.clock());
  const set = (record: AppRecord) => {
    if (isTaken(record, 'cli', nowS)) throw new DaykeyError('conflict', ownedBy(record.owner, record.app));
    return follow(record, settings, 'cli', nowS, newGeneration);
  };
  return storeApp(deps, settings.app, set, known ?? newRecord(settings.app));
}

async function vaultWide({ register }: CliDeps): Promise<VaultWide> {
  const { digest, vault } = await register.readVault();
  if (vault === undefined || digest === RETIRED) throw noVault();
  return vault;
}

function noVault(): DaykeyError {
  return new DaykeyError('not-found', 'the vault is not deployed: deploy its stack first');
}

/** The settings of apps with what the stack decides for all. @throws SettingsError */
function parseCliApps(apps: unknown, vault: VaultWide): AppSettings[] {
  const { life, keyPools, allowShortCycles, hasConsole } = vault;
  const shared = { kekLife: lifeDocument(life), keyPools, allowShortCycles, ...(hasConsole ? { console: {} } : {}) };
  return parseApps({ apps, ...shared }, { tokens: 'resolved' }, NOT_SET_UP);
}

function problemsWith(
  settings: readonly AppSettings[],
  records: ReadonlyMap<string, AppRecord>,
  vault: VaultWide,
  nowS: number,
): string[] {
  const taken = settings.flatMap(({ app }) => {
    const record = records.get(app);
    if (record && isBeingDestroyed(record, nowS)) return [`apps.${app}: ${stillEnding(app)}`];
    return record && isTaken(record, 'cli', nowS) ? [`apps.${app}: ${ownedBy(record.owner, app)}`] : [];
  });
  const ours = new Set(settings.map(({ app }) => app));
  const others = [...records.values()].flatMap(({ app, settings: stored }) =>
    stored?.state === 'live' && !ours.has(app) ? [stored] : [],
  );
  const capacity = capacityOf([...settings, ...others], vault);
  return capacity === undefined ? taken : [...taken, capacity];
}

/** Whether the app was ever set up: a request that was taken back leaves an empty record. */
function isKnown({ settings, digest }: AppRecord): boolean {
  return settings !== undefined || digest !== undefined;
}

function listed({ app, owner, sinceS, settings }: AppRecord): ListedApp {
  return {
    app,
    owner,
    state: settings?.state ?? 'unreadable',
    ...(settings && settings.state !== 'live' ? { sinceS } : {}),
    keys: settings?.keys?.pool ?? 'own',
    integrations: Object.keys(settings?.integrations ?? {}),
  };
}
