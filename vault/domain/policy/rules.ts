// The rules: whether an entry is sensitive, and why.

import { type Context, type Entry, type EntryKind, isJsonObject } from './entry.ts';
import type { Policy } from './policy.ts';

/** Which rule decided: the one for the entry's kind, or one of the two that come before. */
export type Rule = EntryKind | 'unknown-type' | 'disabled';

/** Whether an entry's sensitive fields are to be sealed. */
export interface Decision {
  readonly sensitive: boolean;
  readonly rule: Rule;
  readonly reason: Reason;
}

export type Reason = keyof typeof REASONS;

// A reason carries its verdict, so that no code path can pair the one with the other's opposite.
const REASONS = {
  disabled: { sensitive: false, why: 'sensitive data is not enabled for the app' },
  'unknown-type': { sensitive: true, why: 'the catalogue does not know the type, so all of its data is sealed' },
  'transport-on': { sensitive: true, why: 'transport is on, so all HTTP and WS entries are sensitive' },
  'transport-off': { sensitive: false, why: 'transport is off for the app' },
  'transcript-off': { sensitive: false, why: 'transcript is off for the app' },
  'flagged-sensitive': { sensitive: true, why: 'transcript is on and the entry is flagged as sensitive' },
  'thread-mode-not-bot': { sensitive: true, why: "transcript is on and the thread's mode is not bot" },
  'thread-mode-missing': { sensitive: true, why: "transcript is on and nobody said what the thread's mode is" },
  'user-type': { sensitive: true, why: "transcript is on and the event's user is an agent or the system" },
  'user-type-missing': { sensitive: true, why: 'transcript is on and nobody said of what type the user is' },
  'thread-mode-bot': { sensitive: false, why: "the thread's mode is bot, and neither flag nor user says otherwise" },
  'media-event': { sensitive: true, why: 'transcript is on, so all media events are sensitive' },
  'component-sensitive': { sensitive: true, why: 'transcript is on and the component is sensitive' },
  'component-missing': { sensitive: true, why: 'transcript is on and nobody said which component responded' },
  'component-not-sensitive': { sensitive: false, why: 'the component is set to be not sensitive' },
  'cause-sensitive': { sensitive: true, why: 'the incoming event was sensitive' },
  'cause-missing': { sensitive: true, why: 'nobody said whether the incoming event was sensitive' },
  'cause-not-sensitive': { sensitive: false, why: 'the incoming event was not sensitive' },
} as const satisfies { readonly [reason: string]: { readonly sensitive: boolean; readonly why: string } };

/** Decides for an entry of this kind, or of a type that the catalogue does not know. */
export function decide(
  kind: EntryKind | undefined,
  entry: Pick<Entry, 'sensitive' | 'user'>,
  context: Context,
  policy: Pick<Policy, 'enabled' | 'transport' | 'transcript'>,
): Decision {
  if (!policy.enabled) return decision('disabled', 'disabled');
  if (kind === undefined) return decision('unknown-type', 'unknown-type');
  return decision(kind, reasonFor(kind, entry, context, policy));
}

/** The reason as a sentence without its full stop. */
export function whyOf(reason: Reason): string {
  return REASONS[reason].why;
}

function decision(rule: Rule, reason: Reason): Decision {
  return { sensitive: REASONS[reason].sensitive, rule, reason };
}

function reasonFor(
  kind: EntryKind,
  entry: Pick<Entry, 'sensitive' | 'user'>,
  context: Context,
  { transport, transcript }: Pick<Policy, 'transport' | 'transcript'>,
): Reason {
  switch (kind) {
    case 'http':
    case 'ws':
      return transport ? 'transport-on' : 'transport-off';
    case 'event':
      return transcript ? reasonForEvent(entry, context) : 'transcript-off';
    case 'media-event':
      return transcript ? 'media-event' : 'transcript-off';
    case 'component-response':
      return transcript ? reasonForComponent(context) : 'transcript-off';
    case 'trigger-response':
      return reasonForTrigger(context);
  }
}

// From here on whatever is not what its type says counts as sensitive: a caller's slip must not leave plaintext.

function reasonForEvent({ sensitive, user }: Pick<Entry, 'sensitive' | 'user'>, { thread }: Context): Reason {
  if (sensitive !== undefined && sensitive !== false) return 'flagged-sensitive';
  const mode: unknown = thread?.mode;
  if (typeof mode !== 'string') return 'thread-mode-missing';
  if (mode !== 'bot') return 'thread-mode-not-bot';
  if (user === undefined) return 'thread-mode-bot';
  const userType: unknown = isJsonObject(user) ? user.type : undefined;
  if (typeof userType !== 'string') return 'user-type-missing';
  return userType === 'agent' || userType === 'system' ? 'user-type' : 'thread-mode-bot';
}

function reasonForComponent({ component }: Context): Reason {
  if (!isJsonObject(component)) return 'component-missing';
  return component.sensitive === false ? 'component-not-sensitive' : 'component-sensitive';
}

function reasonForTrigger({ cause }: Context): Reason {
  if (typeof cause?.sensitive !== 'boolean') return 'cause-missing';
  return cause.sensitive ? 'cause-sensitive' : 'cause-not-sensitive';
}
