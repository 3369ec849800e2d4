// What a vault of the testing kit is made of: the very settings that are deployed, or as much of them as a test needs.

import { DEFAULT_LIFE, type KekLife, problemsOfLife } from '../../vault/domain/kek-life/life.ts';
import { checkEntryTypes } from '../../vault/domain/policy/check-entry-types.ts';
import type { SensitiveDataSettings } from '../../vault/domain/policy/policy.ts';
import {
  type AppSettings,
  INTEGRATION_KINDS,
  type Integration,
  type IntegrationKind,
  NAME_SHAPE,
} from '../../vault/domain/settings.ts';
import { MIN_TTL_SECONDS } from '../../wire/limits.ts';
import { type Period, secondsOfPeriod } from './period.ts';

/** One integration of an app. */
export interface TestingIntegrationProps {
  /** Decides what it may do: `messaging`, `customer-support` and `component` decrypt, `other` does not. */
  readonly kind: IntegrationKind;
  /** Lets an integration of kind `other` or `component` receive plaintext. @default false */
  readonly processSensitive?: boolean;
}

/** One app. */
export interface TestingAppProps {
  /** Integrations by name. */
  readonly integrations: { readonly [name: string]: TestingIntegrationProps };
  /** Time to live when a caller names none; 60 s up to `maxTtl`. @default maxTtl */
  readonly defaultTtl?: Period;
  /** What of its entries is sensitive, and entry types of its own. @default as deployed: everything that may be */
  readonly sensitiveData?: SensitiveDataSettings;
}

/**
 * The settings of a vault. The default export of a `daykey.settings.ts` is such; what it says beyond this, of roles,
 * limits and logs, means nothing here.
 */
export interface TestingVaultProps {
  /** Apps by name. */
  readonly apps: { readonly [name: string]: TestingAppProps };
  /** How long app KEKs live. @default as deployed: a time to live of at most 24 hours */
  readonly kekLife?: {
    /** For how long a key encrypts. @default 24h */
    readonly cycle?: Period;
    /** How long before that it is made. @default 6h */
    readonly lead?: Period;
    /** How long a writer whose clock is behind may still use the previous one. @default 15m */
    readonly grace?: Period;
    /** The longest time to live. @default 24h */
    readonly maxTtl?: Period;
    /** How long KMS still decrypts after the last value has ended. @default 30m */
    readonly margin?: Period;
  };
  /** Allows cycles from 60 s on. @default false */
  readonly allowShortCycles?: boolean;
}

/** The settings of every app. @throws Error that lists every problem at once. */
export function settingsOf({ apps, kekLife = {}, allowShortCycles = false }: TestingVaultProps): AppSettings[] {
  const life = lifeOf(kekLife);
  const problems = problemsOfLife(life, allowShortCycles).map((problem) => `kekLife: ${problem}`);
  const settings = Object.entries(apps).map(([app, { integrations, defaultTtl, sensitiveData }]): AppSettings => {
    const defaultTtlS = defaultTtl === undefined ? life.maxTtlS : secondsOfPeriod(defaultTtl);
    const own = { app, life, defaultTtlS, integrations: integrationsOf(integrations), retired: false };
    problems.push(...problemsOf(own), ...checkEntryTypes(sensitiveData?.entryTypes ?? {}).map((it) => `${app}: ${it}`));
    return sensitiveData === undefined ? own : { ...own, sensitiveData };
  });
  if (settings.length === 0) problems.push('apps: at least one app is needed, got none: name one');
  if (problems.length > 0) throw new Error(`the settings of the vault do not hold:\n  ${problems.join('\n  ')}`);
  return settings;
}

function lifeOf(props: NonNullable<TestingVaultProps['kekLife']>): KekLife {
  const seconds = (period: Period | undefined, usualS: number) =>
    period === undefined ? usualS : secondsOfPeriod(period);
  return {
    cycleS: seconds(props.cycle, DEFAULT_LIFE.cycleS),
    leadS: seconds(props.lead, DEFAULT_LIFE.leadS),
    graceS: seconds(props.grace, DEFAULT_LIFE.graceS),
    maxTtlS: seconds(props.maxTtl, DEFAULT_LIFE.maxTtlS),
    marginS: seconds(props.margin, DEFAULT_LIFE.marginS),
  };
}

function integrationsOf(props: TestingAppProps['integrations']): Record<string, Integration> {
  const each = Object.entries(props).map(([name, { kind, processSensitive = false }]): [string, Integration] => [
    name,
    // Here roles come with tokens like everybody else.
    { kind, processSensitive, roles: [] },
  ]);
  return Object.fromEntries(each);
}

function problemsOf({ app, life, defaultTtlS, integrations }: AppSettings): string[] {
  const problems: string[] = [];
  for (const name of [app, ...Object.keys(integrations)]) {
    if (!NAME_SHAPE.test(name)) {
      problems.push(`${name}: a name starts with a lower case letter and has lower case letters, digits and hyphens`);
    }
  }
  for (const [name, { kind }] of Object.entries(integrations)) {
    if (!INTEGRATION_KINDS.includes(kind)) {
      problems.push(`${app}.${name}: a kind is one of ${INTEGRATION_KINDS.join(', ')}, got ${kind}`);
    }
  }
  if (defaultTtlS < MIN_TTL_SECONDS || defaultTtlS > life.maxTtlS) {
    problems.push(`${app}.defaultTtl: must be ${MIN_TTL_SECONDS} to ${life.maxTtlS} s, got ${defaultTtlS}`);
  }
  return problems;
}
