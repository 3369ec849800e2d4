// The custom resource of an app: settings are checked first, and CloudFormation always gets an answer.

import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { customResource, type ResourceEvent } from '../../../../lambda/gateway/custom-resource.ts';
import { type Lifecycle, readResourceTask } from '../../../../lambda/gateway/vault-resources.ts';
import { documentDigest } from '../../../../vault/domain/app-record.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import type { Telemetry } from '../../../../vault/ports/telemetry.ts';
import type { Outcome } from '../../../../vault/usecases/apps/trust-role.ts';
import type { AppChange } from '../../../../vault/usecases/keys/configure-app.ts';
import { contextOf } from '../../../support/requests.ts';
import { WRONG_SETTINGS } from '../../../support/wrong-settings.ts';

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Record<string, unknown>;
}

const DOCUMENT = { apps: { shop: { integrations: { web: { kind: 'messaging' } }, defaultTtl: '1h' } } };
const TEXT = JSON.stringify(DOCUMENT);
const OLD = JSON.stringify({ apps: { shop: { integrations: {}, defaultTtl: '2h' } } });
/** What is stored for that document. */
const SHOP: AppSettings = {
  app: 'shop',
  life: DEFAULT_LIFE,
  defaultTtlS: 3600,
  state: 'live',
  integrations: { web: { kind: 'messaging', processSensitive: false, roles: [] } },
};

/** The change that a create asks for, and an update. */
const CREATED: AppChange = { settings: SHOP, digest: documentDigest(TEXT), replaces: undefined };
const UPDATED: AppChange = { ...CREATED, replaces: documentDigest(OLD) };

let received: Received[] = [];
let answerWith = 200;
/** What the next answers are. */
let answers: number[] = [];
let url = '';
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { method, url: path, headers } = request;
  received.push({ method, path, contentType: headers['content-type'], body: JSON.parse(text) });
  response.writeHead(answers.shift() ?? answerWith).end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
  url = `http://127.0.0.1:${address.port}/answer?signature=abc%2Fdef`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  received = [];
  answerWith = 200;
  answers = [];
});

describe.each(['Create', 'Update'] as const)('%s', (RequestType) => {
  test('configures the app and answers with its name', async () => {
    const { configured, retired, notes, requests } = await run({ RequestType });
    expect([configured, retired, notes]).toEqual([[RequestType === 'Create' ? CREATED : UPDATED], [], []]);
    expect(requests).toEqual(['request-1']);
    expect(received).toEqual([
      {
        method: 'PUT',
        path: '/answer?signature=abc%2Fdef',
        // What the address is signed for: anything else and S3 refuses the answer.
        contentType: '',
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: 'shop',
          StackId: 'stack-1',
          RequestId: 'request-1',
          LogicalResourceId: 'AppShop',
        },
      },
    ]);
  });

  test('that fails answers with the reason and where to look, without a stack', async () => {
    await run({ RequestType }, new Error('the first app KEK did not get ready'));
    const [answer] = received;
    expect(answer?.body).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: 'shop',
      Reason: 'the first app KEK did not get ready (log stream 2026/01/01/[1]abc)',
    });
    expect(JSON.stringify(answer)).not.toMatch(/ {4}at |custom-resource/);
  });

  test('that fails leaves the names of its causes in the log, without their messages', async () => {
    const { notes } = await run({ RequestType }, new TypeError('a secret', { cause: new RangeError('another') }));
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^a custom resource could not be made, changed or deleted: TypeError .* < RangeError /);
    expect(notes[0]).not.toMatch(/secret|another/);
  });

  test('that fails with what is no Error answers all the same', async () => {
    await run({ RequestType }, 'a text');
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('unknown error') });
  });

  test.each([undefined, '', '{', 'null', 5, {}])(
    'with the settings %j is a failure, not an hour of silence',
    async (Settings) => {
      const { configured } = await run({ RequestType }, undefined, Settings ?? null);
      expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: expect.stringMatching(/./) });
      expect(configured).toEqual([]);
    },
  );

  test.each(WRONG_SETTINGS)('stores nothing and answers with every line for %s', async (_, settings, lines) => {
    const { configured } = await run({ RequestType }, undefined, JSON.stringify(settings));
    expect(configured).toEqual([]);
    const listed = lines.map((line) => `  ${line}`).join('\n');
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: `the vault's settings are not valid:\n${listed} (log stream 2026/01/01/[1]abc)`,
    });
  });

  test('is for one app', async () => {
    const { integrations } = DOCUMENT.apps.shop;
    const two = { apps: { shop: { integrations }, bank: { integrations } } };
    expect((await run({ RequestType }, undefined, JSON.stringify(two))).configured).toEqual([]);
    expect(received[0]?.body.Reason).toContain('apps: must be one app, got 2: send an event for each');
  });

  test('answers within the size that CloudFormation accepts, with whole lines', async () => {
    const apps = Object.fromEntries(Array.from({ length: 90 }, (_, number) => [`app-${number}`, { '"\\"': 1 }]));
    await run({ RequestType }, undefined, JSON.stringify({ apps }));
    const { Reason } = received[0]?.body ?? {};
    expect(Buffer.byteLength(JSON.stringify(received[0]?.body))).toBeLessThan(4096);
    const [first, ...lines] = String(Reason).split('\n');
    const last = lines.pop();
    expect(first).toBe("the vault's settings are not valid:");
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/: (is missing: write an object|is not a known name: remove it)/);
    expect(last).toMatch(/^ {2}and \d+ more: cdk synth lists all of them \(log stream /);
  });
});

describe('a direct invocation', () => {
  const direct = (event: { RequestType: string; PhysicalResourceId?: string }, Settings?: unknown, failure?: unknown) =>
    run(event, failure, Settings, true);

  test('sets an app up and retires it as CloudFormation does', async () => {
    expect((await direct({ RequestType: 'Create' })).configured).toEqual([CREATED]);
    expect((await direct({ RequestType: 'Delete', PhysicalResourceId: 'store' })).retired).toEqual(['store']);
    expect(received).toEqual([]);
  });

  test.each(WRONG_SETTINGS)('is refused with every line for %s', async (_, settings, lines) => {
    const listed = lines.map((line) => `  ${line}`).join('\n');
    await expect(direct({ RequestType: 'Create' }, JSON.stringify(settings))).rejects.toThrow(
      `the vault's settings are not valid:\n${listed}`,
    );
  });

  test('fails with the error of what it asked for', async () => {
    await expect(direct({ RequestType: 'Update' }, undefined, new Error('throttled'))).rejects.toThrow('throttled');
  });

  test.each(['', 'delete', 'Replace'])('of the type %j is refused: nothing is guessed', async (RequestType) => {
    await expect(direct({ RequestType })).rejects.toThrow('RequestType must be Create, Update or Delete');
  });
});

test('an app with another name is another resource: the new one is configured, the old one then deleted', async () => {
  const update = await run({ RequestType: 'Update', PhysicalResourceId: 'store' });
  expect(update).toEqual({
    configured: [CREATED],
    retired: [],
    notes: [],
    requests: ['request-1'],
    waits: [],
    tasks: [],
  });
  expect(received[0]?.body).toMatchObject({ PhysicalResourceId: 'shop' });
  const cleanUp = await run({ RequestType: 'Delete', PhysicalResourceId: 'store' });
  expect(cleanUp).toMatchObject({ configured: [], retired: ['store'] });
});

describe('Delete', () => {
  test('retires the app that it is the resource of, whatever the settings say now', async () => {
    const { configured, retired } = await run({ RequestType: 'Delete', PhysicalResourceId: 'store' });
    expect([configured, retired]).toEqual([[], ['store']]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'store' });
  });

  test('works without settings that hold', async () => {
    const { retired } = await run({ RequestType: 'Delete' }, undefined, '{');
    expect(retired).toEqual(['shop']);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS' });
  });

  test('that fails answers with the reason', async () => {
    await run({ RequestType: 'Delete' }, new Error('throttled'));
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'shop' });
  });
});

describe('an answer that CloudFormation does not accept', () => {
  test('is sent again, noted, and never an error: the work is done', async () => {
    answerWith = 403;
    const { configured, notes, waits } = await run({ RequestType: 'Create' });
    expect(configured).toEqual([CREATED]);
    expect(received).toHaveLength(4);
    expect(waits).toEqual([1000, 2000, 4000]);
    expect(notes).toEqual(['CloudFormation did not accept the answer: status 403']);
  });

  test('is noted when its address cannot be reached', async () => {
    const { notes, waits } = await run({ RequestType: 'Delete', ResponseURL: 'http://127.0.0.1:9/closed' });
    expect(waits).toHaveLength(3);
    expect(notes).toEqual([expect.stringMatching(/^CloudFormation did not accept the answer: TypeError/)]);
  });

  test('and then accepts is sent no more', async () => {
    answers = [500, 200];
    const { notes } = await run({ RequestType: 'Create' });
    expect(received).toHaveLength(2);
    expect(notes).toEqual([]);
  });
});

describe('an event that comes again', () => {
  test.each(['Create', 'Update', 'Delete'] as const)(
    'is not answered: its first delivery is, %s',
    async (RequestType) => {
      const { notes } = await run({ RequestType }, undefined, TEXT, false, 'repeated');
      expect(received).toEqual([]);
      expect(notes).toEqual(['an event came again: its first delivery answers it: undefined']);
    },
  );
});

describe('a deletion of a create that never answered', () => {
  test.each(['2026/01/01/[1]abc', 'Daykey-AppShop-1A2B3C', ''])(
    'ends what its settings may have begun: %j',
    async (PhysicalResourceId) => {
      expect((await run({ RequestType: 'Delete', PhysicalResourceId })).retired).toEqual(['shop']);
    },
  );

  test('with settings that do not hold ends nothing', async () => {
    const PhysicalResourceId = '2026/01/01/[1]abc';
    expect((await run({ RequestType: 'Delete', PhysicalResourceId }, undefined, '{')).retired).toEqual([]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId });
  });
});

test('a direct update without old settings replaces whatever is stored', async () => {
  const update = { RequestType: 'Update', OldResourceProperties: {} };
  expect((await run(update, undefined, TEXT, true)).configured).toEqual([CREATED]);
});

test("CloudFormation's update without old settings replaces nothing", async () => {
  const update = { RequestType: 'Update', OldResourceProperties: {} };
  expect((await run(update)).configured).toEqual([{ ...CREATED, replaces: documentDigest('undefined') }]);
});

describe('the keys as a whole', () => {
  const keys = { ResourceType: 'Custom::DaykeyKeys' };

  test.each(['Create', 'Update'])('%s tries KMS out, and sets no app up', async (RequestType) => {
    const { tasks, configured } = await run({ ...keys, RequestType, PhysicalResourceId: 'keys' });
    expect([tasks, configured]).toEqual([['probe'], []]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'keys' });
  });

  test("fail the first deployment with KMS's own words", async () => {
    const words = 'refused to make a probe key: AccessDeniedException: explicit deny in a service control policy';
    await run({ ...keys, RequestType: 'Create' }, new Error(words));
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: `${words} (log stream 2026/01/01/[1]abc)`,
      PhysicalResourceId: 'keys-never-tried',
    });
  });

  test('that fail an update keep their ID, so that CloudFormation deletes nothing', async () => {
    await run({ ...keys, RequestType: 'Update', PhysicalResourceId: 'keys' }, new Error('refused'));
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'keys' });
  });

  test('that are deleted destroy what the apps left, and say what could not be destroyed', async () => {
    const deleted = { ...keys, RequestType: 'Delete', PhysicalResourceId: 'keys' };
    expect((await run(deleted)).tasks).toEqual(['destroyLeftovers']);
    await run(deleted, new Error('1 keys could not be destroyed'));
    expect(received.map(({ body }) => body.Status)).toEqual(['SUCCESS', 'FAILED']);
  });

  test('that were never tried out do not fail the rollback of a first deployment', async () => {
    const event = { ...keys, RequestType: 'Delete', PhysicalResourceId: 'keys-never-tried' };
    const { notes } = await run(event, new Error('refused'));
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'keys-never-tried' });
    expect(notes).toEqual([expect.stringMatching(/^a probe key is left: Error/)]);
  });
});

describe('a role of another stack', () => {
  const RoleArn = 'arn:aws:iam::111122223333:role/teams/desk-app';
  const trust = (event: Partial<ResourceEvent> & { RequestType: string }, properties: object = {}) =>
    run({
      ResourceType: 'Custom::DaykeyTrust',
      ResourceProperties: { ServiceToken: 'arn', App: 'shop', Integration: 'desk', RoleArn, ...properties },
      ...event,
    });
  const createdId = async (event: Partial<ResourceEvent> = {}, properties = {}) => {
    const { tasks } = await trust({ RequestType: 'Create', ...event }, properties);
    return String(tasks[0]).split(' ').at(-1) ?? '';
  };

  test.each(['Create', 'Update'])('is added, without its path: %s', async (RequestType) => {
    const { tasks, requests } = await trust({ RequestType, PhysicalResourceId: 'shop/desk/111122223333/old/0' });
    expect(tasks).toEqual([
      expect.stringMatching(
        /^trust shop desk 111122223333\/desk-app shop\/desk\/111122223333\/desk-app\/[0-9a-f]{16}$/,
      ),
    ]);
    expect(requests).toEqual(['request-1']);
    expect(received[0]?.body).toMatchObject({
      Status: 'SUCCESS',
      PhysicalResourceId: expect.stringMatching(/^shop\/desk/),
    });
  });

  test('is another one for each resource, app, integration and role', async () => {
    const ids = [
      await createdId(),
      await createdId({ StackId: 'stack-2' }),
      await createdId({ LogicalResourceId: 'Other' }),
      await createdId({}, { App: 'bank' }),
      await createdId({}, { Integration: 'web' }),
      await createdId({}, { RoleArn: 'arn:aws:iam::444455556666:role/desk-app' }),
    ];
    expect(new Set(ids).size).toBe(ids.length);
    expect(await createdId({ RequestId: 'another' })).toBe(ids[0]);
  });

  test('ends with its resource, whatever the properties say now', async () => {
    const PhysicalResourceId = await createdId();
    const deleted = await trust({ RequestType: 'Delete', PhysicalResourceId }, { App: 'bank', RoleArn: 5 });
    expect(deleted.tasks).toEqual([`endTrust shop ${PhysicalResourceId}`]);
  });

  test('whose create never answered ends by its properties', async () => {
    const { tasks } = await trust({ RequestType: 'Delete', PhysicalResourceId: '2026/01/01/[1]abc' });
    expect(tasks).toEqual([`endTrust shop ${await createdId()}`]);
  });

  test('that never was one is deleted without work', async () => {
    const { tasks } = await trust({ RequestType: 'Delete', PhysicalResourceId: '2026/01/01/[1]abc' }, { RoleArn: '' });
    expect(tasks).toEqual([]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS' });
  });

  test.each([
    [{ App: 'Shop' }, 'App: must be the name of an app'],
    [{ Integration: 5 }, 'Integration: must be the name of an integration'],
    [{ RoleArn: 'arn:aws:iam::111122223333:user/me' }, 'RoleArn: must be the ARN of an IAM role'],
    [{ RoleArn: undefined }, 'RoleArn: must be the ARN of an IAM role'],
  ])('is refused with what to do for %j', async (properties, words) => {
    expect((await trust({ RequestType: 'Create' }, properties)).tasks).toEqual([]);
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining(words) });
  });
});

async function run(
  event: Partial<ResourceEvent> & Pick<ResourceEvent, 'RequestType'>,
  failure?: unknown,
  Settings: unknown = TEXT,
  direct = false,
  outcome: Outcome = 'done',
) {
  const configured: AppChange[] = [];
  const requests: (string | undefined)[] = [];
  const retired: string[] = [];
  const notes: string[] = [];
  const tasks: string[] = [];
  const task = (name: string) => async () => {
    tasks.push(name);
    if (failure !== undefined) throw failure;
  };
  const waits: number[] = [];
  const telemetry: Pick<Telemetry, 'note'> = {
    note: (message, { cause } = {}) => void notes.push(`${message}: ${cause}`),
  };
  const lifecycle: Lifecycle = {
    probe: task('probe'),
    destroyLeftovers: task('destroyLeftovers'),
    telemetry,
    configure: async (change, requestId) => {
      requests.push(requestId);
      if (failure !== undefined) throw failure;
      configured.push(change);
      return outcome;
    },
    retire: async (app, request) => {
      requests.push(request?.id);
      if (failure !== undefined) throw failure;
      retired.push(app);
      return outcome;
    },
    trust: async (app, { id, integration, role }, requestId) => {
      requests.push(requestId);
      tasks.push(`trust ${app} ${integration} ${role} ${id}`);
      return outcome;
    },
    endTrust: async (app, id, requestId) => {
      requests.push(requestId);
      tasks.push(`endTrust ${app} ${id}`);
      return outcome;
    },
  };
  const handler = customResource({
    readTask: (received) => readResourceTask(lifecycle, received),
    telemetry,
    wait: async (ms) => void waits.push(ms),
  });
  const sent = {
    ...(event.RequestType === 'Create' ? {} : { PhysicalResourceId: 'shop' }),
    ...(event.RequestType === 'Update' ? { OldResourceProperties: { Settings: OLD } } : {}),
    StackId: 'stack-1',
    RequestId: 'request-1',
    LogicalResourceId: 'AppShop',
    ...(direct ? {} : { ResponseURL: url }),
    ResourceProperties: { ServiceToken: 'arn', Settings },
    ...event,
  };
  await handler(sent, contextOf('rest'));
  return { configured, retired, notes, requests, waits, tasks };
}
