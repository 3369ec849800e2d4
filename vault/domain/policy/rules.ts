// The rules: whether an entry is sensitive, and why.

import type { Entry, EntryContext } from '../../../wire/entry.ts';
import { isJsonObject } from '../../../wire/json-object.ts';
import type { CataloguedType } from './catalogue.ts';
import type { EntryKind } from './entry-type.ts';
import type { Policy } from './policy.ts';

/** The rule that decided: the one for the entry's kind, or one of the two that come before it. */
export type Rule = EntryKind | 'unknown-type' | 'disabled';

/** Whether an entry is sensitive. */
export interface Decision {
  readonly sensitive: boolean;
  readonly rule: Rule;
  readonly reason: Reason;
}

export type Reason = keyof typeof REASONS;

// Each reason carries its verdict, so that no code path can pair it with the opposite one.
const REASONS = {
  disabled: { sensitive: false, why: 'sensitive data is not enabled for the app' },
  'unknown-type': { sensitive: true, why: 'the catalogue does not know the type, so all of its data is sealed' },
  'transport-on': { sensitive: true, why: 'transport is on, so all HTTP and WS entries are sensitive' },
  'transport-off': { sensitive: false, why: 'transport is off for the app' },
  'transcript-off': { sensitive: false, why: 'transcript is off for the app' },
  'flagged-sensitive': { sensitive: true, why: 'transcript is on and the entry is flagged as sensitive' },
  'thread-mode-not-bot': { sensitive: true, why: "transcript is on and the thread's mode is not bot" },
  'thread-mode-missing': { sensitive: true, why: "transcript is on and the thread's mode is missing" },
  'user-type': { sensitive: true, why: "transcript is on and the event's user is an agent or the system" },
  'user-type-missing': { sensitive: true, why: "transcript is on and the event's user has no type" },
  'author-agent': { sensitive: true, why: 'transcript is on, agents write such entries, and this one names no user' },
  'thread-mode-bot': {
    sensitive: false,
    why: "the thread's mode is bot, and neither flag nor user makes it sensitive",
  },
  'media-event': { sensitive: true, why: 'transcript is on, so all media events are sensitive' },
  'component-sensitive': { sensitive: true, why: 'transcript is on and the component is sensitive' },
  'component-missing': { sensitive: true, why: 'transcript is on and the component is missing' },
  'component-not-sensitive': { sensitive: false, why: 'the component is set to be not sensitive' },
  'cause-sensitive': { sensitive: true, why: 'the incoming event was sensitive' },
  'cause-missing': { sensitive: true, why: 'the incoming event is missing' },
  'cause-not-sensitive': { sensitive: false, why: 'the incoming event was not sensitive' },
} as const satisfies { readonly [reason: string]: { readonly sensitive: boolean; readonly why: string } };

/** The user types whose events are sensitive in every mode. */
const SENSITIVE_USER_TYPES: readonly string[] = ['agent', 'system'];

/** Decides for an entry of this type; without one, for an entry whose type the catalogue does not know. */
export function decide(
  type: Pick<CataloguedType, 'kind' | 'author'> | undefined,
  entry: Pick<Entry, 'sensitive' | 'user'>,
  context: EntryContext,
  policy: Pick<Policy, 'enabled' | 'transport' | 'transcript'>,
): Decision {
  if (!policy.enabled) return decision('disabled', 'disabled');
  if (type === undefined) return decision('unknown-type', 'unknown-type');
  return decision(type.kind, reasonFor(type, entry, context, policy));
}

/** The reason as a sentence without its full stop, beginning in lower case. */
export function explainReason(reason: Reason): string {
  return REASONS[reason].why;
}

function decision(rule: Rule, reason: Reason): Decision {
  return { sensitive: REASONS[reason].sensitive, rule, reason };
}

function reasonFor(
  { kind, author }: Pick<CataloguedType, 'kind' | 'author'>,
  entry: Pick<Entry, 'sensitive' | 'user'>,
  context: EntryContext,
  { transport, transcript }: Pick<Policy, 'transport' | 'transcript'>,
): Reason {
  switch (kind) {
    case 'http':
    case 'ws':
      return transport ? 'transport-on' : 'transport-off';
    case 'event':
      return transcript ? reasonForEvent(entry, author, context) : 'transcript-off';
    case 'media-event':
      return transcript ? 'media-event' : 'transcript-off';
    case 'component-response':
      return transcript ? reasonForComponent(context) : 'transcript-off';
    case 'trigger-response':
      return reasonForTrigger(context);
  }
}

// From here on, a value that is not what its type says counts as sensitive: a caller's slip must not leave plaintext.

function reasonForEvent(
  { sensitive, user }: Pick<Entry, 'sensitive' | 'user'>,
  author: CataloguedType['author'],
  { thread }: EntryContext,
): Reason {
  if (sensitive !== undefined && sensitive !== false) return 'flagged-sensitive';
  const mode: unknown = thread?.mode;
  if (typeof mode !== 'string') return 'thread-mode-missing';
  // Only the exact word makes an entry readable: `Bot` or ` bot` may be a slip.
  if (mode !== 'bot') return 'thread-mode-not-bot';
  if (user === undefined) return author === 'agent' ? 'author-agent' : 'thread-mode-bot';
  const userType: unknown = isJsonObject(user) ? user.type : undefined;
  const word = typeof userType === 'string' ? lettersOf(userType) : '';
  if (word === '') return 'user-type-missing';
  return SENSITIVE_USER_TYPES.includes(word) ? 'user-type' : 'thread-mode-bot';
}

/** `Agent`, ` agent ` and `AGENT.` all mean `agent`: only letters and digits count, in lower case. */
function lettersOf(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

function reasonForComponent({ component }: EntryContext): Reason {
  if (!isJsonObject(component)) return 'component-missing';
  return component.sensitive === false ? 'component-not-sensitive' : 'component-sensitive';
}

function reasonForTrigger({ cause }: EntryContext): Reason {
  if (typeof cause?.sensitive !== 'boolean') return 'cause-missing';
  return cause.sensitive ? 'cause-sensitive' : 'cause-not-sensitive';
}
