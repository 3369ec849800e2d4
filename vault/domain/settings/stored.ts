// The settings of an app as they are stored: what cannot be read by this schema is never written.

import * as z from 'zod/mini';
import type { KekLife } from '../kek-life/life.ts';
import { checkEntryTypes } from '../policy/check-entry-types.ts';
import type { EntryTypes } from '../policy/entry-type.ts';
import { APP_STATES, type AppSettings, INTEGRATION_KINDS } from '../settings.ts';
import type { Members } from './checks.ts';

const seconds = z.int().check(z.nonnegative());

/** The shape of a {@link KekLife} in a row. It does not say whether the periods fit each other. */
export const storedLife: z.ZodMiniType<KekLife, KekLife> = z.strictObject({
  cycleS: seconds,
  leadS: seconds,
  graceS: seconds,
  maxTtlS: seconds,
  marginS: seconds,
});

/** {@link AppSettings} in a row of the key ring. A row with a member that is not here cannot be read. */
export const storedSettings: z.ZodMiniType<AppSettings> = z.strictObject({
  app: z.string(),
  life: storedLife,
  defaultTtlS: seconds,
  integrations: z.record(
    z.string(),
    z.strictObject({
      kind: z.enum(INTEGRATION_KINDS),
      processSensitive: z.boolean(),
      roles: z.array(z.string()),
    }),
  ),
  sensitiveData: z.optional(
    z.strictObject({
      enabled: z.optional(z.boolean()),
      transport: z.optional(z.boolean()),
      transcript: z.optional(z.boolean()),
      entryTypes: z.optional(z.custom<EntryTypes>((value) => checkEntryTypes(value).length === 0)),
    }),
  ),
  console: z.optional(
    z.strictObject({ viewers: z.array(z.string()), showPlain: z.boolean(), requireApproval: z.boolean() }),
  ),
  keys: z.optional(z.strictObject({ pool: z.int().check(z.nonnegative()) })),
  state: z.enum(APP_STATES),
} satisfies Members<AppSettings>);
