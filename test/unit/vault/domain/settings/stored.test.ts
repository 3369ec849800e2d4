// The settings of an app in a row: every one that parsing gives can be read again, and nothing else.

import { expect, test } from 'vitest';
import { appSettings, parseSettings } from '../../../../../vault/domain/settings/parse.ts';
import { storedSettings } from '../../../../../vault/domain/settings/stored.ts';

const [WHOLE] = appSettings(
  parseSettings(
    {
      apps: {
        shop: {
          integrations: { web: { kind: 'messaging', roleArns: ['arn:aws:iam::111122223333:role/web'] } },
          defaultTtl: '10m',
          keys: 'pooled',
          console: { viewers: ['support'] },
          sensitiveData: {
            enabled: true,
            transport: false,
            transcript: true,
            entryTypes: { ticket: { kind: 'event', doc: 'A ticket.', clear: ['data.id'] } },
          },
        },
      },
      console: {},
    },
    { tokens: 'resolved' },
  ),
);
const isReadable = (settings: unknown) => storedSettings.safeParse(JSON.parse(JSON.stringify(settings))).success;

test('what settings give can be read again as it was', () => {
  expect(storedSettings.safeParse(JSON.parse(JSON.stringify(WHOLE)))).toEqual({ success: true, data: WHOLE });
});

test.each(['sensitiveData', 'console', 'keys'] as const)('%s may be absent', (name) => {
  const { [name]: _, ...others } = WHOLE ?? {};
  expect(isReadable(others)).toBe(true);
});

test.each(['app', 'life', 'defaultTtlS', 'integrations', 'state'] as const)('%s may not be absent', (name) => {
  const { [name]: _, ...others } = WHOLE ?? {};
  expect(isReadable(others)).toBe(false);
});

test.each<[string, object]>([
  ['another member', { more: 1 }],
  ['another member of the life', { life: { ...WHOLE?.life, more: 1 } }],
  ['a negative period', { life: { ...WHOLE?.life, graceS: -1 } }],
  ['half a second', { defaultTtlS: 0.5 }],
  ['a negative pool', { keys: { pool: -1 } }],
  ['another member of the keys', { keys: { pool: 1, more: 1 } }],
  ['another member of an integration', { integrations: { web: { ...WHOLE?.integrations.web, more: 1 } } }],
  ['an integration without roles', { integrations: { web: { kind: 'messaging', processSensitive: false } } }],
  ['an unknown kind', { integrations: { web: { ...WHOLE?.integrations.web, kind: 'mesaging' } } }],
  ['an unknown state', { state: 'asleep' }],
  ['another member of the Console', { console: { ...WHOLE?.console, more: 1 } }],
  ['another member of what is sensitive', { sensitiveData: { more: true } }],
  ['an entry type that is not valid', { sensitiveData: { entryTypes: { ticket: { kind: 'event' } } } }],
])('%s makes a row unreadable', (_, change) => {
  expect(isReadable({ ...WHOLE, ...change })).toBe(false);
});
