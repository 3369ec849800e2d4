// The rules: every kind of entry under every setting, in the words of the table in the entry catalogue.

import { describe, expect, test } from 'vitest';
import type { EntryKind } from '../../../../../vault/domain/policy/entry-type.ts';
import { planSealing } from '../../../../../vault/domain/policy/plan.ts';
import { policyFor, type SensitiveDataSettings } from '../../../../../vault/domain/policy/policy.ts';
import { decide, type Rule } from '../../../../../vault/domain/policy/rules.ts';
import type { Entry, EntryContext } from '../../../../../wire/entry.ts';
import { anEntry } from '../../../../support/entries.ts';

interface Case {
  readonly settings?: SensitiveDataSettings;
  readonly context?: EntryContext;
  readonly sensitive?: boolean;
  readonly userType?: string;
  readonly type?: string;
}

const OFF = { transport: false, transcript: false };
const BOT = { thread: { mode: 'bot' } };
const AGENT = { thread: { mode: 'agent' } };
const PRECHAT = { thread: { mode: 'prechat' } };

describe.each([
  ['HTTP entries', 'http.request', 'http'],
  ['HTTP entries', 'http.response', 'http'],
  ['WS entries', 'ws.message', 'ws'],
] as const)('%s (%s)', (_, type, rule) => {
  test.each<[string, boolean, Case]>([
    ['transport: true', true, { settings: { transport: true } }],
    ['transport by default', true, {}],
    ['transport: true, whatever transcript is', true, { settings: { transcript: false } }],
    ['transport: true, in a thread of mode bot', true, { context: BOT }],
    ['transport: true, flagged as sensitive: false', true, { sensitive: false }],
    ['transport: false', false, { settings: { transport: false } }],
    ['transport: false, flagged as sensitive: true', false, { settings: { transport: false }, sensitive: true }],
    ['enabled: false', false, { settings: { enabled: false } }],
  ])('%s → sealed: %s', (_words, isSealed, options) => {
    expectOutcome(type, isSealed, options.settings?.enabled === false ? 'disabled' : rule, options);
  });
});

describe('Events', () => {
  test.each<[string, boolean, Case]>([
    ['transcript: true and thread.mode agent', true, { context: AGENT }],
    ['transcript: true and thread.mode prechat', true, { context: PRECHAT }],
    [
      'transcript: true and a thread.mode that the platform made up',
      true,
      { context: { thread: { mode: 'supervisor' } } },
    ],
    ['transcript: true and thread.mode empty', true, { context: { thread: { mode: '' } } }],
    ['transcript: true and no thread.mode', true, {}],
    ['transcript: true and thread.mode bot', false, { context: BOT }],
    ['thread.mode bot, flagged as sensitive: true', true, { context: BOT, sensitive: true }],
    ['thread.mode bot, flagged as sensitive: false', false, { context: BOT, sensitive: false }],
    ['thread.mode agent, flagged as sensitive: false', true, { context: AGENT, sensitive: false }],
    ['thread.mode bot, user type agent', true, { context: BOT, userType: 'agent' }],
    ['thread.mode bot, user type system', true, { context: BOT, userType: 'system' }],
    ['thread.mode bot, user type agent, flagged false', true, { context: BOT, userType: 'agent', sensitive: false }],
    ['thread.mode bot, user type user', false, { context: BOT, userType: 'user' }],
    ['thread.mode bot, user type bot', false, { context: BOT, userType: 'bot' }],
    ['thread.mode agent, user type bot', true, { context: AGENT, userType: 'bot' }],
    ['transport: false, thread.mode agent', true, { settings: { transport: false }, context: AGENT }],
    ['transcript: false, thread.mode agent', false, { settings: { transcript: false }, context: AGENT }],
    ['transcript: false, flagged as sensitive: true', false, { settings: { transcript: false }, sensitive: true }],
    ['transcript: false, user type agent', false, { settings: { transcript: false }, userType: 'agent' }],
    ['thread.mode bot, no user', false, { context: BOT }],
    ['thread.mode bot, no user, a note, which agents write', true, { context: BOT, type: 'note.add' }],
    ['thread.mode bot, a note of a bot', false, { context: BOT, type: 'note.add', userType: 'bot' }],
    ['transcript: false, a note', false, { settings: { transcript: false }, type: 'note.add' }],
    ['enabled: false', false, { settings: { enabled: false }, context: AGENT }],
  ])('%s → sealed: %s', (_words, isSealed, options) => {
    expectOutcome(
      options.type ?? 'text.say',
      isSealed,
      options.settings?.enabled === false ? 'disabled' : 'event',
      options,
    );
  });
});

describe('Media events', () => {
  test.each<[string, boolean, Case]>([
    ['transcript: true', true, {}],
    ['transcript: true, in a thread of mode bot', true, { context: BOT }],
    ['transcript: true, flagged as sensitive: false', true, { context: BOT, sensitive: false }],
    ['transcript: true, user type user', true, { context: BOT, userType: 'user' }],
    ['transcript: false', false, { settings: { transcript: false }, context: AGENT, sensitive: true }],
    ['enabled: false', false, { settings: { enabled: false } }],
  ])('%s → sealed: %s', (_words, isSealed, options) => {
    expectOutcome('image.share', isSealed, options.settings?.enabled === false ? 'disabled' : 'media-event', options);
  });
});

describe('Component responses', () => {
  test.each<[string, boolean, Case]>([
    ['transcript: true and sensitive: true for the component', true, { context: { component: { sensitive: true } } }],
    ['transcript: true and the component as it is by default', true, { context: { component: {} } }],
    ['transcript: true and no component named', true, {}],
    ['sensitive: false for the component', false, { context: { component: { sensitive: false } } }],
    ['sensitive: true for the component, in a thread of mode bot', true, { context: { ...BOT, component: {} } }],
    [
      'sensitive: true for the component, the entry flagged false',
      true,
      { context: { component: {} }, sensitive: false },
    ],
    ['transcript: false', false, { settings: { transcript: false }, context: { component: { sensitive: true } } }],
    ['enabled: false', false, { settings: { enabled: false } }],
  ])('%s → sealed: %s', (_words, isSealed, options) => {
    const rule = options.settings?.enabled === false ? 'disabled' : 'component-response';
    expectOutcome('component.response', isSealed, rule, options);
  });
});

describe('Trigger responses', () => {
  test.each<[string, boolean, Case]>([
    ['sensitive: true for the incoming event', true, { context: { cause: { sensitive: true } } }],
    ['sensitive: false for the incoming event', false, { context: { cause: { sensitive: false } } }],
    ['no incoming event named', true, {}],
    ['sensitive: true for it, all settings off', true, { settings: OFF, context: { cause: { sensitive: true } } }],
    ['sensitive: false for it, thread.mode agent', false, { context: { ...AGENT, cause: { sensitive: false } } }],
    [
      'sensitive: true for it, the entry flagged false',
      true,
      { context: { cause: { sensitive: true } }, sensitive: false },
    ],
    ['enabled: false', false, { settings: { enabled: false }, context: { cause: { sensitive: true } } }],
  ])('%s → sealed: %s', (_words, isSealed, options) => {
    const rule = options.settings?.enabled === false ? 'disabled' : 'trigger-response';
    expectOutcome('trigger.response', isSealed, rule, options);
  });
});

describe('Entries of an unknown type', () => {
  test.each<[string, boolean, Case]>([
    ['whatever the thread.mode', true, { context: BOT }],
    [
      'transport: false and transcript: false',
      true,
      { settings: OFF, context: { ...BOT, cause: { sensitive: false } } },
    ],
    ['enabled: false', false, { settings: { enabled: false } }],
  ])('%s → sealed: %s', (_words, isSealed, options) => {
    expectOutcome('unheard.of', isSealed, isSealed ? 'unknown-type' : 'disabled', options);
  });
});

test('every combination of kind, settings, thread mode, user type, flag, component and cause is decided as the table says', () => {
  const kinds: (EntryKind | undefined)[] = [undefined, 'http', 'ws', 'event', 'media-event'];
  kinds.push('component-response', 'trigger-response');
  const flags = [undefined, true, false];
  let combinations = 0;
  for (const kind of kinds) {
    for (const [enabled, transport, transcript] of eight()) {
      for (const mode of [undefined, 'bot', 'agent', 'prechat', 'other']) {
        for (const userType of [undefined, 'user', 'bot', 'agent', 'system', 'other']) {
          for (const flag of flags) {
            for (const component of [undefined, {}, { sensitive: true }, { sensitive: false }]) {
              for (const cause of flags) {
                const table: Record<EntryKind, boolean> = {
                  http: transport,
                  ws: transport,
                  event:
                    transcript && (mode !== 'bot' || flag === true || userType === 'agent' || userType === 'system'),
                  'media-event': transcript,
                  'component-response': transcript && component?.sensitive !== false,
                  'trigger-response': cause !== false,
                };
                const expected = enabled && (kind === undefined || table[kind]);
                const entry = { sensitive: flag, user: userType === undefined ? undefined : { type: userType } };
                const context: EntryContext = {
                  thread: mode === undefined ? undefined : { mode },
                  component,
                  cause: cause === undefined ? undefined : { sensitive: cause },
                };
                const type = kind && { kind };
                const { sensitive } = decide(type, entry, context, { enabled, transport, transcript });
                if (sensitive !== expected) {
                  expect({ kind, enabled, transport, transcript, mode, userType, flag, component, cause }).toBe(
                    expected,
                  );
                }
                combinations += 1;
              }
            }
          }
        }
      }
    }
  }
  expect(combinations).toBe(7 * 8 * 5 * 6 * 3 * 4 * 3);
});

describe('a slip in a spelling leaves no plaintext', () => {
  test.each(['Bot', 'BOT', ' bot', 'bot ', 'bot\n', 'b\u00f6t', 'bots', 'bot-mode', '\u200bbot'])(
    'a thread mode that is not exactly bot seals: %j',
    (mode) => {
      expectOutcome('text.say', true, 'event', { context: { thread: { mode } }, userType: 'user' });
    },
  );

  test.each([
    'Agent',
    'AGENT',
    ' agent ',
    'agent\n',
    'agent.',
    '"agent"',
    '\u200bagent',
    '\uff21gent',
    'a-g-e-n-t',
    'System',
    'SYSTEM',
    '\tsystem',
    'system ',
    'sys_tem',
  ])('a user type that means agent or system seals: %j', (userType) => {
    expectOutcome('text.say', true, 'event', { context: BOT, userType });
  });

  test.each(['', ' ', '\u200b', '?', '--'])('a user type without a letter or digit seals: %j', (userType) => {
    expectOutcome('text.say', true, 'event', { context: BOT, userType });
  });

  test.each(['user', 'User', 'bot', ' BOT ', 'visitor', 'agents', 'systematic', 'сустема'])(
    'any other user type leaves a bot thread readable: %j',
    (userType) => {
      expectOutcome('text.say', false, 'event', { context: BOT, userType });
    },
  );
});

describe('what is not what its type says counts as sensitive', () => {
  test.each<[string, Partial<Record<keyof Entry, unknown>>, Record<string, unknown>]>([
    ['a thread mode that is no text', {}, { thread: { mode: 7 } }],
    ['a thread that is null', {}, { thread: null }],
    ['a flag that is a text', { sensitive: 'false' }, BOT],
    ['a flag that is null', { sensitive: null }, BOT],
    ['a user without a type', { user: {} }, BOT],
    ['a user that is a text', { user: 'agent' }, BOT],
    ['a user that is null', { user: null }, BOT],
    ['a user type that is a list', { user: { type: ['user'] } }, BOT],
    ['a component that is null', { type: 'component.response' }, { component: null }],
    ['a component whose flag is a text', { type: 'component.response' }, { component: { sensitive: 'false' } }],
    ['a component that is false', { type: 'component.response' }, { component: false }],
    ['a cause that is null', { type: 'trigger.response' }, { cause: null }],
    ['a cause whose flag is a number', { type: 'trigger.response' }, { cause: { sensitive: 0 } }],
    ['a type that is no text', { type: 7 }, BOT],
  ])('%s', (_, entry, context) => {
    const wrong = { ...anEntry(), ...entry } as unknown as Entry;
    expect(planSealing(wrong, context as EntryContext, policyFor(), { refsAllowed: false }).sensitive).toBe(true);
  });
});

function expectOutcome(type: string, isSealed: boolean, rule: Rule, { settings, context, sensitive, userType }: Case) {
  const data = { result: 'r', text: 't', url: 'u', message: 'm' };
  const user = userType === undefined ? undefined : { type: userType };
  const plan = planSealing({ type, sensitive, user, data }, context ?? {}, policyFor(settings), { refsAllowed: false });
  expect(plan).toMatchObject({ sensitive: isSealed, rule });
  expect(plan.parts.length > 0).toBe(isSealed);
}

function eight(): [boolean, boolean, boolean][] {
  return Array.from({ length: 8 }, (_, bits) => [(bits & 1) > 0, (bits & 2) > 0, (bits & 4) > 0]);
}
