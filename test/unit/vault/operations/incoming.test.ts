// Incoming through every edge: what stays readable is the same for every caller and every way to call.

import { beforeAll, describe, expect, test } from 'vitest';
import { testingVault } from '../../../../client/testing/index.ts';
import type { Entry } from '../../../../wire/entry.ts';
import { SENSITIVE_KEY } from '../../../../wire/refs.ts';
import { sessionOf } from '../../../support/aws-callers.ts';
import { type LambdaVault, lambdaVault } from '../../../support/lambda-vault.ts';
import { directEvent, restEvent } from '../../../support/requests.ts';
import { direct, overRest } from '../../client/sdk/callers.ts';

const ROLE = '111122223333/sender';
const BOT = { thread: { mode: 'bot' } };

interface Request {
  readonly entry: Entry;
  readonly thread?: { readonly mode: string };
}

/** Sends an entry; the entry of the answer, or the code of a refusal. */
type Way = (integration: string, request: Request) => Promise<unknown>;

const ways = new Map<string, Way>();
let vault: LambdaVault;

beforeAll(async () => {
  const kinds = { web: 'messaging', desk: 'customer-support', bot: 'component', lab: 'other' } as const;
  const integrations = Object.entries(kinds).map(([name, kind]) => [
    name,
    { kind, processSensitive: false, roles: [`${ROLE}-${name}`] },
  ]);
  vault = await lambdaVault({ integrations: Object.fromEntries(integrations) });
  const kit = await testingVault({
    apps: { shop: { integrations: Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, { kind }])) } },
  });
  const asRole = (name: string) => vault.signedAs(sessionOf(`${ROLE}-${name}`));
  const operation = 'incoming';
  const rest: (authorization: string, body: unknown) => Promise<unknown> = async (authorization, body) =>
    outcomeOf((await vault.rest(operation, restEvent({ operation, authorization, body }))).body);
  const directly: typeof rest = async (authorization, body) =>
    outcomeOf((await vault.direct(operation, directEvent({ operation, authorization, body }))).body);
  ways.set('REST, with a token', (name, request) => rest(vault.authorizationOf(name), request));
  ways.set('REST, as a role', (name, request) => rest(asRole(name), request));
  ways.set('directly, as JSON', (name, request) => directly(vault.authorizationOf(name), request));
  ways.set('directly, as text, as a role', (name, request) => directly(asRole(name), JSON.stringify(request)));
  const bySdk = (sdk: typeof overRest | typeof kit.as, first: LambdaVault | 'shop'): Way => {
    const clientOf = sdk as (first: LambdaVault | 'shop', name: string) => ReturnType<typeof overRest>;
    return async (name, { entry, ...context }) =>
      outcomeOf(
        await clientOf(first, name)
          .incoming(entry, context)
          .catch((problem: unknown) => problem),
      );
  };
  ways.set('the SDK over REST', bySdk(overRest, vault));
  ways.set('the SDK directly', bySdk(direct, vault));
  ways.set('the testing kit', bySdk(kit.as, 'shop'));
});

/** Rows of what was once left readable, refused or taken wrongly; then the names that stay readable in `data`. */
const ROWS: readonly (readonly [claim: string, request: Request, outcome: readonly string[] | string])[] = [
  [
    'an HTTP request keeps its method readable, and no path, parameter or address',
    aboutData('http.request', {
      method: 'GET',
      path: '/u/maya@example.org',
      params: { id: 'maya@example.org' },
      ip: '203.0.113.7',
    }),
    ['method'],
  ],
  ['a WebSocket message has its payload sealed', aboutData('ws.message', { payload: 'secret' }), []],
  [
    'a text keeps no member readable but its language',
    aboutData('text.say', { lang: 'en', html: '<b>', quote: { text: 'x' }, attachments: [{ name: 'x' }] }),
    ['lang'],
  ],
  ['a contact is sealed whole', aboutData('contact.share', { firstName: 'Maya', emails: ['m@x'], iban: 'GB' }), []],
  ['a place is sealed whole', aboutData('location.share', { lat: 52.52, lng: 13.4 }), []],
  ['the error of a component is sealed', aboutData('component.response', { error: 'no maya' }), []],
  ['the placeholder of a form is sealed', aboutData('form.ask', { placeholder: 'maya@example.org' }), []],
  ['the caption of a file is sealed', aboutData('file.share', { caption: 'my passport', bytes: 12 }), ['bytes']],
  ['a slip in an agent’s type leaves no plaintext', sayInBotMode({ user: { type: 'Agent' } }), []],
  ['a note without a user is an agent’s, and sealed', { ...sayInBotMode({ type: 'note.add' }) }, []],
  ['a bot’s text in a bot thread stays readable', sayInBotMode({ user: { type: 'bot' } }), ['text']],
  [
    'an entry carries its IDs and its timestamp',
    {
      entry: {
        type: 'text.say',
        id: 'e-17',
        timestamp: '2026-11-24T12:00:00+01:00',
        thread: { id: 't-17' },
        user: { id: 'u-17' },
        data: { text: 'x' },
      },
    },
    [],
  ],
  ['an unknown member beside data is refused', sayInBotMode({ name: 'Maya' } as object), 'invalid-request'],
  [
    'the reserved key that is no ref is refused',
    aboutData('http.request', { body: { a: { [SENSITIVE_KEY]: 'hi' } } }),
    'ref-not-allowed',
  ],
];

describe.each(ROWS.map((row, nth) => [...row, nth] as const))('%s', (_, request, outcome, nth) => {
  test('in every way', async () => {
    // Integrations take turns: over all rows, each of them sends in each way.
    for (const [at, [way, send]] of [...ways].entries()) {
      const integration = ['web', 'desk', 'bot', 'lab'][(nth + at) % 4] ?? '';
      const entry = await send(integration, request);
      const place = `${integration}, ${way}`;
      if (typeof outcome === 'string') {
        expect([place, entry]).toEqual([place, outcome]);
        continue;
      }
      const { data, ...beside } = entry as Entry;
      expect([place, readableNames(data)]).toEqual([place, outcome]);
      const { data: sentData, ...sentBeside } = request.entry;
      expect([Object.keys(data), beside]).toEqual([Object.keys(sentData), sentBeside]);
    }
  });
});

function aboutData(type: string, data: Entry['data']): Request {
  return { entry: { type, data } };
}

function sayInBotMode(more: object): Request {
  return { entry: { type: 'text.say', data: { text: 'x' }, ...more }, ...BOT };
}

function outcomeOf(body: unknown): unknown {
  const { entry, code } = body as { entry?: unknown; code?: unknown };
  return entry ?? code;
}

/** The members of data in which no ref stands. */
function readableNames(data: Entry['data']): string[] {
  return Object.entries(data).flatMap(([name, value]) => (JSON.stringify(value).includes(SENSITIVE_KEY) ? [] : [name]));
}
