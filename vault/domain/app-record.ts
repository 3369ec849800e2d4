// What is stored of an app besides its keys: its settings, the generations of its integrations, and the updates it has seen.

import { createHash } from 'node:crypto';
import type { KeyPool } from './kek-life/holder.ts';
import { type AppSettings, currentPool } from './settings.ts';

/**
 * The random generation of each integration, by its name. Tokens and roles are bound to it: an integration that is removed and
 * set up again has another one.
 */
export type Generations = { readonly [integration: string]: string };

/** A generation that ended with its integration. Only the reverse of the update that ended it brings it back. */
export interface EndedGeneration {
  readonly integration: string;
  readonly generation: string;
  /** Digest of the settings that had the integration. */
  readonly from: string;
  /** Digest of the settings that removed it. */
  readonly to: string;
  /** Seconds since 1970. */
  readonly endedAtS: number;
}

/**
 * A change that was taken back before it came. Lambda may deliver it for a minute more, and then it must change nothing.
 */
export interface Withdrawn {
  /** Digest of the settings that it replaces; {@link NO_SETTINGS} for a new app. */
  readonly from: string;
  /** Digest of its settings. */
  readonly to: string;
  /** Seconds since 1970. */
  readonly untilS: number;
}

/** A role that a stack other than the vault's lets act as an integration. */
export interface AddedRole {
  /** Of the CloudFormation resource that added it: two of them may add the same role. */
  readonly id: string;
  readonly integration: string;
  /** `accountId/roleName`. */
  readonly role: string;
}

/** Keys that an app used before its setting `keys` changed. What was sealed under them opens on. */
export interface FormerPool {
  readonly pool: KeyPool;
  /** Nothing that the app sealed under them is left from this second on. */
  readonly untilS: number;
}

/** The requests that something stored has seen. */
export interface Requests {
  /** `ID#delivery` of each, the latest last: at most {@link MAX_REQUESTS}. */
  readonly requests: readonly string[];
  readonly withdrawn: readonly Withdrawn[];
}

/** Who sets an app up and ends it: the settings of the vault's stack, or the command line. The other one is refused. */
export const APP_OWNERS = ['stack', 'cli'] as const;
export type AppOwner = (typeof APP_OWNERS)[number];

/** An app as stored, without its slots. */
export interface AppRecord extends Requests {
  readonly app: string;
  readonly owner: AppOwner;
  /** When an app that is not live entered its state, or lost its last remains, in seconds since 1970; 0 for a live one. */
  readonly sinceS: number;
  /** Whether keys, secret or blobs of an app that is gone may be left. */
  readonly hasRemains: boolean;
  /** Number of the last request of the stack that stored the record: an earlier request can no longer store it. */
  readonly epoch: number;
  /** How often the record was stored; 0 for an app that was never set up. */
  readonly version: number;
  /** `undefined` for an app that was never set up, and for settings that cannot be read. */
  readonly settings?: AppSettings | undefined;
  /** {@link SettingsChange.digest} of the settings; {@link RETIRED} once the app has ended. */
  readonly digest?: string | undefined;
  readonly generations: Generations;
  /** At most {@link MAX_ENDED}, the latest last. */
  readonly ended: readonly EndedGeneration[];
  /** Roles beside those of the settings. They stay when settings change, and end with the generation of their integration. */
  readonly addedRoles: readonly AddedRole[];
  readonly formerPools: readonly FormerPool[];
}

/** Settings that are to be stored, and what names them. */
export interface SettingsChange {
  readonly settings: AppSettings;
  /** {@link documentDigest} of what the settings were read from. */
  readonly digest: string;
}

/** The digest of a retired app. */
export const RETIRED = 'retired';

/** In the place of a digest: there are no settings to replace. */
export const NO_SETTINGS = 'none';

/** How long a withdrawn change is refused, in seconds: twice as long as Lambda delivers it. */
export const WITHDRAWN_S = 120;

/**
 * How long keys that an app has left are still looked for, in seconds, at least. Far longer than any value lives, and longer than
 * most cycles, since keys that were made before a change of `kekLife` keep their dates.
 */
export const FORMER_POOL_S = 60 * 24 * 3600;

/** How many requests a record remembers. CloudFormation sends no event twice after so many others. */
export const MAX_REQUESTS = 50;

/** How many ended generations a record remembers. */
export const MAX_ENDED = 80;

/** How long an ended generation can come back, in seconds: longer than CloudFormation takes to roll a deployment back. */
export const RESTORABLE_S = 3600;

/** The digest of a document of settings, a JSON text: its SHA-256 in hex. */
export function documentDigest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The record of an app that was never set up. */
export function newRecord(app: string): AppRecord {
  return {
    app,
    owner: 'stack',
    epoch: 0,
    sinceS: 0,
    hasRemains: false,
    version: 0,
    requests: [],
    generations: {},
    ended: [],
    withdrawn: [],
    addedRoles: [],
    formerPools: [],
  };
}

/**
 * The record with the request noted. The same object when this delivery of it noted it before: the answer to its write got lost.
 * `undefined` when another delivery did, so what the request asks for is done or being done.
 *
 * @param delivery a random name for one delivery of the request.
 */
export function claimRequest<Stored extends Requests>(
  record: Stored,
  requestId: string,
  delivery: string,
): Stored | undefined {
  const claim = `${requestId}#${delivery}`;
  if (record.requests.includes(claim)) return record;
  if (record.requests.some((each) => each.startsWith(`${requestId}#`))) return undefined;
  return { ...record, requests: [...record.requests, claim].slice(-MAX_REQUESTS) };
}

/** The record in which a change is withdrawn: who sent it has sent the reverse of it. */
export function withdraw<Stored extends Requests>(
  record: Stored,
  change: Pick<Withdrawn, 'from' | 'to'>,
  nowS: number,
): Stored {
  const current = record.withdrawn.filter(({ untilS }) => nowS < untilS);
  return { ...record, withdrawn: [...current, { from: change.from, to: change.to, untilS: nowS + WITHDRAWN_S }] };
}

/** Whether a change was withdrawn before it came. */
export function isWithdrawn(record: Requests, { from, to }: Pick<Withdrawn, 'from' | 'to'>, nowS: number): boolean {
  return record.withdrawn.some((each) => each.from === from && each.to === to && nowS < each.untilS);
}

/** The settings with the roles that other stacks added: what decides whom the vault trusts. */
export function withAddedRoles(settings: AppSettings, addedRoles: readonly AddedRole[]): AppSettings {
  if (addedRoles.length === 0) return settings;
  const integrations = Object.entries(settings.integrations).map(([name, integration]) => {
    const added = addedRoles.filter((each) => each.integration === name).map(({ role }) => role);
    return [name, { ...integration, roles: [...new Set([...integration.roles, ...added])] }] as const;
  });
  return { ...settings, integrations: Object.fromEntries(integrations) };
}

/**
 * The record with other settings. An integration that stays keeps its generation, one that is new gets another, and one that
 * comes back with the exact reverse of the update that removed it gets its own again, for an hour: a rollback must not end
 * every token.
 */
export function changeSettings(
  record: AppRecord,
  { settings, digest }: SettingsChange,
  nowS: number,
  newGeneration: () => string,
): AppRecord {
  const before = new Map(isForgotten(record, nowS) ? [] : Object.entries(record.generations));
  const names = Object.keys(settings.integrations);
  const restorable = new Map(
    record.ended
      .filter(({ from, to, endedAtS }) => from === digest && to === record.digest && nowS - endedAtS < RESTORABLE_S)
      .map(({ integration, generation }) => [integration, generation]),
  );
  const generations = names.map((name) => [name, before.get(name) ?? restorable.get(name) ?? newGeneration()] as const);
  const stays = new Set(names);
  const from = record.digest;
  const endedNow = [...before].flatMap(([integration, generation]): EndedGeneration[] =>
    // Without a digest nothing could be the reverse.
    stays.has(integration) || from === undefined ? [] : [{ integration, generation, from, to: digest, endedAtS: nowS }],
  );
  const current = new Set(generations.map(([, generation]) => generation));
  const stillEnded = record.ended.filter(
    ({ generation, endedAtS }) => !current.has(generation) && nowS - endedAtS < RESTORABLE_S,
  );
  const ended = [...stillEnded, ...endedNow].slice(-MAX_ENDED);
  const mayReturn = new Set(ended.map(({ integration }) => integration));
  return {
    ...record,
    settings: inItsPool(settings, record.settings),
    digest,
    sinceS: 0,
    hasRemains: false,
    formerPools: formerPools(record, inItsPool(settings, record.settings), nowS),
    // An integration of the same name that is another one trusts no role of the old one.
    addedRoles: record.addedRoles.filter(({ integration: name }) =>
      stays.has(name) ? before.has(name) || restorable.has(name) : mayReturn.has(name),
    ),
    generations: Object.fromEntries(generations),
    ended,
  };
}

/** Whether the app needs a secret for what it seals from now on: see `envelope/app-half.ts`. */
export function needsSecret({ settings }: AppRecord): boolean {
  return settings?.state === 'live' && settings.keys !== undefined;
}

/** The keys that the app has left and may still need. */
function formerPools(
  { settings: before, formerPools: former }: AppRecord,
  next: AppSettings,
  nowS: number,
): FormerPool[] {
  const pool = currentPool(next);
  const stillNeeded = former.filter((each) => nowS < each.untilS && each.pool !== pool);
  if (before === undefined || currentPool(before) === pool) return stillNeeded;
  const { cycleS, graceS, maxTtlS, marginS } = before.life;
  const untilS = nowS + Math.max(FORMER_POOL_S, 2 * cycleS + graceS + maxTtlS + marginS);
  return [...stillNeeded, { pool: currentPool(before), untilS }];
}

/** An app stays in the pool that it was given first, whatever the number of pools is now. */
function inItsPool(settings: AppSettings, before: AppSettings | undefined): AppSettings {
  return settings.keys && before?.keys ? { ...settings, keys: before.keys } : settings;
}

/** Whether a detached app comes back as another one: every key that it had has reached its end, and all values with it. */
function isForgotten({ settings, sinceS }: AppRecord, nowS: number): boolean {
  if (settings?.state !== 'detached') return false;
  const { leadS, cycleS, graceS, maxTtlS, marginS } = settings.life;
  return nowS - sinceS >= leadS + cycleS + graceS + maxTtlS + marginS;
}
