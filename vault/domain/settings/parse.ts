// Reads a vault's settings: all problems at once, or the settings of every app.

import * as z from 'zod/mini';
import { MIN_TTL_SECONDS } from '../../../wire/limits.ts';
import { roleKeyOf, roleOf } from '../aws-identity.ts';
import { capacityProblem } from '../kek-life/capacity.ts';
import { firstPool } from '../kek-life/holder.ts';
import { type KekLife, problemsOfLife } from '../kek-life/life.ts';
import type { AppSettings } from '../settings.ts';
import type { Target } from '../target.ts';
import { problemsIn } from './checks.ts';
import { formatPeriod, readPeriod } from './period.ts';
import type { KekLifeProps, VaultProps } from './props.ts';
import { type VaultSettings, vaultSchema } from './schema.ts';
import { formatProblem, type SettingsProblem } from './wording.ts';

export type { VaultSettings } from './schema.ts';

/** Settings, or a task on apps, that the vault refuses. The message lists every problem, one a line, each with what to do. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
  readonly problems: readonly string[];

  /** `headline` says what the problems mean, without the colon. */
  constructor(problems: readonly string[], headline = "the vault's settings are not valid") {
    super(`${headline}:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/** What settings were read from decides whether CDK tokens may be in them. */
export interface Source {
  /**
   * `allowed` where ARNs and IDs may still be CDK tokens, in a CDK app and in tests of one; `resolved` where every value is
   * known.
   */
  readonly tokens: 'allowed' | 'resolved';
}

/** More problems than anyone reads. */
const MAX_PROBLEMS = 100;

const withRules = (tokens: boolean) => vaultSchema({ tokens }).check(z.check(checkRules, { when: () => true }));
const SCHEMAS = { allowed: withRules(true), resolved: withRules(false) } as const;

/** Every problem of a document, or its settings when there is none. */
export function checkSettings(
  document: unknown,
  { tokens }: Source,
): { readonly problems: readonly string[]; readonly vault?: VaultSettings } {
  const { success, data, error } = z.safeParse(SCHEMAS[tokens], document);
  if (success) return { problems: [], vault: data };
  const problems = problemsIn(error);
  const listed = problems.slice(0, MAX_PROBLEMS).map(formatProblem);
  const more = problems.length - listed.length;
  return { problems: more > 0 ? [...listed, `and ${more} more problems`] : listed };
}

/** The settings in a document. @throws SettingsError that lists every problem, below `headline` if there is one. */
export function parseSettings(document: unknown, source: Source, headline?: string): VaultSettings {
  const { problems, vault } = checkSettings(document, source);
  if (vault === undefined) throw new SettingsError(problems, headline);
  return vault;
}

/** The settings of every app in a document. @throws SettingsError as {@link parseSettings}. */
export function parseApps(document: unknown, source: Source, headline?: string): AppSettings[] {
  return appSettings(parseSettings(document, source, headline));
}

/** What the functions store for each app. Needs settings without CDK tokens. */
export function appSettings(vault: VaultSettings): AppSettings[] {
  const life = keyLife(vault.kekLife);
  return Object.entries(vault.apps).map(([app, props]) => {
    const { integrations, defaultTtl, sensitiveData, console, keys, ...forgotten } = props;
    // A new setting of an app does not compile until it is stored below.
    forgotten satisfies Record<string, never>;
    return {
      app,
      life,
      defaultTtlS: defaultTtl ?? life.maxTtlS,
      integrations: Object.fromEntries(
        Object.entries(integrations).map(([name, { kind, processSensitive, roleArns }]) => [
          name,
          { kind, processSensitive, roles: roleKeys(roleArns) },
        ]),
      ),
      ...(sensitiveData ? { sensitiveData } : {}),
      ...(console ? { console } : {}),
      ...(keys === 'pooled' ? { keys: { pool: firstPool(app, vault.keyPools) } } : {}),
      state: 'live',
    };
  });
}

/** What the apps of a stack are to follow, from the JSON text of its settings. @throws SettingsError */
export function readTarget(text: string): Target {
  return targetFrom(parseSettings(JSON.parse(text), { tokens: 'resolved' }));
}

/** What the apps of a stack are to follow. Needs settings without CDK tokens. */
export function targetFrom(vault: VaultSettings): Target {
  const { keyPools, deletionWindowDays, allowShortCycles } = vault;
  return {
    apps: new Map(appSettings(vault).map((settings) => [settings.app, settings])),
    retire: new Set(vault.retire),
    vault: {
      life: keyLife(vault.kekLife),
      keyPools,
      deletionWindowDays,
      allowShortCycles,
      hasConsole: vault.console !== undefined,
    },
  };
}

/**
 * What the functions read of the settings, as a document that can be written as JSON. Every default is in it: a changed default
 * changes the document, so that CloudFormation sees it.
 */
export function vaultDocument(vault: VaultSettings): VaultProps {
  const { apps, retire, keyPools, kekLife, deletionWindowDays, allowShortCycles } = vault;
  return {
    apps: Object.fromEntries(
      Object.entries(apps).map(([app, { defaultTtl = kekLife.maxTtl, ...settings }]) => [
        app,
        { ...settings, defaultTtl: formatPeriod(defaultTtl) },
      ]),
    ),
    retire,
    keyPools,
    kekLife: lifeDocument(keyLife(kekLife)),
    deletionWindowDays,
    allowShortCycles,
    // That there is one is all that an app needs to know of it.
    ...(vault.console ? { console: {} } : {}),
  };
}

/** The life of every app KEK of a vault. */
export function keyLife({ cycle, lead, grace, maxTtl, margin }: VaultSettings['kekLife']): KekLife {
  return { cycleS: cycle, leadS: lead, graceS: grace, maxTtlS: maxTtl, marginS: margin };
}

/** The life of every app KEK as settings write it: what {@link keyLife} reads back. */
export function lifeDocument({ cycleS, leadS, graceS, maxTtlS, marginS }: KekLife): Required<KekLifeProps> {
  return {
    cycle: formatPeriod(cycleS),
    lead: formatPeriod(leadS),
    grace: formatPeriod(graceS),
    maxTtl: formatPeriod(maxTtlS),
    margin: formatPeriod(marginS),
  };
}

/** Rules over more than one member. They also run when members have problems, and say nothing about those. */
function checkRules(context: z.core.ParsePayload<VaultSettings>): void {
  const report = (problem: SettingsProblem) =>
    context.issues.push({ code: 'custom', path: [...problem.path], message: problem.text, input: undefined });
  const vault = membersOf(context.value);
  const life = validPeriods(membersOf(vault.kekLife));
  for (const { period, text } of problemsOfLife(life, vault.allowShortCycles === true)) {
    report({ path: ['kekLife', period.slice(0, -1)], text });
  }
  const capacity = capacityOf(vault, life);
  if (capacity !== undefined) report({ path: ['apps'], text: capacity });
  if (vault.domain !== undefined && vault.privateVpcEndpointIds !== undefined) {
    report({ path: ['domain'], text: 'is not for a private API: remove it or privateVpcEndpointIds' });
  }
  const { issuer, clientId } = membersOf(vault.console);
  if ((issuer === undefined) !== (clientId === undefined)) {
    const missing = issuer === undefined ? 'issuer' : 'clientId';
    report({ path: ['console', missing], text: 'is missing: an issuer and the ID of its client belong together' });
  }
  const apps = Object.entries(membersOf(vault.apps));
  for (const [index, app] of (Array.isArray(vault.retire) ? vault.retire : []).entries()) {
    if (!apps.some(([name]) => name === app)) continue;
    report({ path: ['retire', index], text: `lists ${app}, which apps has too: remove it from one of them` });
  }
  for (const [app, settings] of apps) {
    const { defaultTtl, integrations, console } = membersOf(settings);
    if (console !== undefined && vault.console === undefined) {
      const text = 'needs the setting console of the vault: add it, or remove this one';
      report({ path: ['apps', app, 'console'], text });
    }
    const ttlS = secondsIn(defaultTtl);
    if (ttlS < MIN_TTL_SECONDS || ttlS > life.maxTtlS) {
      const bounds = `${formatPeriod(MIN_TTL_SECONDS)} to kekLife.maxTtl (${formatPeriod(life.maxTtlS)})`;
      const text = `must be ${bounds}, got ${formatPeriod(ttlS)}: change one of them`;
      report({ path: ['apps', app, 'defaultTtl'], text });
    }
    for (const { path, text } of sharedRoles(membersOf(integrations))) {
      report({ path: ['apps', app, 'integrations', ...path], text });
    }
  }
}

/** What is wrong with so many apps; `undefined` when their keys fit the account, or when something else is wrong. */
function capacityOf(vault: { readonly [name: string]: unknown }, life: KekLife): string | undefined {
  const apps = Object.values(membersOf(vault.apps)).map((app) => membersOf(app).keys);
  const { keyPools, deletionWindowDays } = vault;
  if (typeof keyPools !== 'number' || typeof deletionWindowDays !== 'number') return undefined;
  const ownKeys = apps.filter((keys) => keys !== 'pooled').length;
  return capacityProblem({ ownKeys, pools: ownKeys < apps.length ? keyPools : 0 }, life, deletionWindowDays);
}

/** Roles of more than one integration: the vault could not tell which of them calls. */
function sharedRoles(integrations: { readonly [name: string]: unknown }): SettingsProblem[] {
  const problems: SettingsProblem[] = [];
  const owners = new Map<string, string>();
  for (const [name, integration] of Object.entries(integrations)) {
    const { roleArns } = membersOf(integration);
    const arns = Array.isArray(roleArns) ? roleArns.filter((arn) => typeof arn === 'string') : [];
    for (const role of roleKeys(arns)) {
      const owner = owners.get(role);
      const text = `lists the role ${role}, which integration ${owner} lists too: remove it from one of them`;
      if (owner !== undefined) problems.push({ path: [name, 'roleArns'], text });
      owners.set(role, name);
    }
  }
  return problems;
}

/** Each role once, without its path: STS does not tell it either. */
function roleKeys(roleArns: readonly string[]): string[] {
  const roles = roleArns.map(roleOf).filter((role) => role !== undefined);
  return [...new Set(roles.map(roleKeyOf))];
}

function validPeriods({ cycle, lead, grace, maxTtl, margin }: { readonly [name: string]: unknown }): KekLife {
  return {
    cycleS: secondsIn(cycle),
    leadS: secondsIn(lead),
    graceS: secondsIn(grace),
    maxTtlS: secondsIn(maxTtl),
    marginS: secondsIn(margin),
  };
}

/** `NaN`, about which no rule complains, for a value that is not a period. Beside other problems periods stay as written. */
function secondsIn(value: unknown): number {
  return typeof value === 'number' ? value : (readPeriod(value) ?? Number.NaN);
}

function membersOf(value: unknown): { readonly [name: string]: unknown } {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
