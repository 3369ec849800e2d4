// The custom resources of a vault: settings are checked first, and CloudFormation always gets an answer.

import { createServer } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Lifecycle } from '../../../../lambda/gateway/apps-resource.ts';
import { customResource, type ResourceEvent } from '../../../../lambda/gateway/custom-resource.ts';
import { readResourceTask } from '../../../../lambda/gateway/vault-resources.ts';
import { documentDigest } from '../../../../vault/domain/app-record.ts';
import { readTarget } from '../../../../vault/domain/settings/parse.ts';
import type { Telemetry } from '../../../../vault/ports/telemetry.ts';
import type { ApplyOutcome, StackChange, StackRequest } from '../../../../vault/usecases/apps/apply-settings.ts';
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
/** What a deployment says of it. The digest is that of the asset. */
const NOW = { Bucket: 'assets', Key: 'settings.json', Digest: 'now', Values: [] };
const BEFORE = { ...NOW, Digest: 'before' };
/** `apps-` and the digest of stack-1 and Apps. */
const APPS_ID = 'apps-77b6a6b8a95b5604';

const digestFor = ({ Digest, Values }: Pick<typeof NOW, 'Digest'> & { readonly Values: readonly string[] }) =>
  documentDigest(JSON.stringify([Digest, Values]));

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
  test('makes the apps follow the settings, and answers with the ID of the resource', async () => {
    const { applied, ended, notes, requests } = await run({ RequestType });
    expect(applied).toEqual([
      {
        target: readTarget(TEXT),
        text: TEXT,
        digest: digestFor(NOW),
        replaces: RequestType === 'Create' ? undefined : digestFor(BEFORE),
        resource: APPS_ID,
      },
    ]);
    expect([ended, notes, requests]).toEqual([[], [], [{ id: 'request-1', continues: undefined }]]);
    expect(received).toEqual([
      {
        method: 'PUT',
        path: '/answer?signature=abc%2Fdef',
        // What the address is signed for: anything else and S3 refuses the answer.
        contentType: '',
        body: {
          Status: 'SUCCESS',
          PhysicalResourceId: APPS_ID,
          StackId: 'stack-1',
          RequestId: 'request-1',
          LogicalResourceId: 'Apps',
        },
      },
    ]);
  });

  test('puts the values of the deployment into the settings', async () => {
    const arn = 'arn:aws:iam::111122223333:role/desk';
    const asset = JSON.stringify({
      apps: { shop: { integrations: { web: { kind: 'messaging', roleArns: ['@value:0'] } } } },
    });
    const { applied } = await run({ RequestType, ResourceProperties: { ...NOW, Values: [arn] } }, { asset });
    expect(applied[0]?.target.apps.get('shop')?.integrations.web?.roles).toEqual(['111122223333/desk']);
    expect(applied[0]?.text).toContain(arn);
    expect(applied[0]?.digest).toBe(digestFor({ ...NOW, Values: [arn] }));
  });

  test('reads no asset for settings that are kept: a rollback', async () => {
    const { applied, read } = await run({ RequestType }, { kept: TEXT, asset: 'not read' });
    expect(applied[0]?.text).toBe(TEXT);
    expect(read).toEqual([]);
  });

  test('that fails answers with the reason and where to look, without a stack', async () => {
    await run({ RequestType }, { failure: new Error('the first app KEK did not get ready') });
    const [answer] = received;
    expect(answer?.body).toMatchObject({
      Status: 'FAILED',
      PhysicalResourceId: APPS_ID,
      Reason: 'the first app KEK did not get ready (log stream 2026/01/01/[1]abc)',
    });
    expect(JSON.stringify(answer)).not.toMatch(/ {4}at |custom-resource/);
  });

  test('that fails leaves the names of its causes in the log, without their messages', async () => {
    const { notes } = await run(
      { RequestType },
      { failure: new TypeError('a secret', { cause: new RangeError('another') }) },
    );
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^a custom resource could not be made, changed or deleted: TypeError .* < RangeError /);
    expect(notes[0]).not.toMatch(/secret|another/);
  });

  test('that fails with what is no Error answers all the same', async () => {
    await run({ RequestType }, { failure: 'a text' });
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('unknown error') });
  });

  test.each([undefined, {}, { ...NOW, Bucket: 5 }, { ...NOW, Digest: '' }, { ...NOW, Values: [5] }])(
    'with the properties %j is a failure, not an hour of silence',
    async (ResourceProperties) => {
      const { applied } = await run({ RequestType, ResourceProperties: ResourceProperties as Record<string, unknown> });
      expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: expect.stringMatching(/./) });
      expect(applied).toEqual([]);
    },
  );

  test('with a placeholder that has no value is a failure', async () => {
    const { applied } = await run({ RequestType }, { asset: '{"apps":"@value:0"}' });
    expect(applied).toEqual([]);
    expect(received[0]?.body.Reason).toContain('the settings have no value number 0');
  });

  test.each(WRONG_SETTINGS)('stores nothing and answers with every line for %s', async (_, settings, lines) => {
    const { applied } = await run({ RequestType }, { asset: JSON.stringify(settings) });
    expect(applied).toEqual([]);
    const listed = lines.map((line) => `  ${line}`).join('\n');
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: `the vault's settings are not valid:\n${listed} (log stream 2026/01/01/[1]abc)`,
    });
  });

  test('answers within the size that CloudFormation accepts, with whole lines', async () => {
    const apps = Object.fromEntries(Array.from({ length: 90 }, (_, number) => [`app-${number}`, { '"\\"': 1 }]));
    await run({ RequestType }, { asset: JSON.stringify({ apps }) });
    const { Reason } = received[0]?.body ?? {};
    expect(Buffer.byteLength(JSON.stringify(received[0]?.body))).toBeLessThan(4096);
    const [first, ...lines] = String(Reason).split('\n');
    const last = lines.pop();
    expect(first).toBe("the vault's settings are not valid:");
    expect(lines.length).toBeGreaterThan(10);
    for (const line of lines) expect(line).toMatch(/: (is missing: write an object|is not a known name: remove it)/);
    expect(last).toMatch(/^ {2}and \d+ more: cdk synth lists all of them \(log stream /);
  });

  test('whose time is over goes on with itself, and answers once it is done', async () => {
    const { goneOn } = await run({ RequestType }, { outcome: 7 });
    expect(received).toEqual([]);
    expect(goneOn).toEqual([expect.objectContaining({ RequestType, RequestId: 'request-1', Continues: 7 })]);
    const { requests } = await run({ ...goneOn[0], RequestType });
    expect(requests).toEqual([{ id: 'request-1', continues: 7 }]);
    expect(received).toHaveLength(1);
  });
});

describe('a direct invocation of a resource', () => {
  test('fails with the error, and answers nothing', async () => {
    const direct = { RequestType: 'Create', ResponseURL: undefined };
    await expect(run(direct, { failure: new Error('throttled') })).rejects.toThrow('throttled');
    expect(received).toEqual([]);
  });

  test.each(['', 'delete', 'Replace'])('of the type %j is refused: nothing is guessed', async (RequestType) => {
    await expect(run({ RequestType, ResponseURL: undefined })).rejects.toThrow(
      'RequestType must be Create, Update or Delete',
    );
  });

  test.each([undefined, 'Custom::DaykeyApp', 'Custom::Other'])(
    'of the resource %j is refused',
    async (ResourceType) => {
      const event = { RequestType: 'Create', ResponseURL: undefined, ResourceType };
      await expect(run(event)).rejects.toThrow(
        'ResourceType must be Custom::DaykeyApps, Custom::DaykeyKeys or Custom::DaykeyTrust',
      );
    },
  );
});

describe('Delete', () => {
  test('ends the vault of this resource, whatever the properties say now', async () => {
    const { applied, ended } = await run({ RequestType: 'Delete', ResourceProperties: {} });
    expect([applied, ended]).toEqual([[], [[APPS_ID, '']]]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: APPS_ID });
  });

  test('knows which settings a create that never came would store', async () => {
    const { ended } = await run({ RequestType: 'Delete', PhysicalResourceId: '2026/01/01/[1]abc' });
    expect(ended).toEqual([[APPS_ID, digestFor(NOW)]]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: '2026/01/01/[1]abc' });
  });

  test('that fails answers with the reason', async () => {
    await run({ RequestType: 'Delete' }, { failure: new Error('throttled') });
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: APPS_ID });
  });
});

test('a resource in another place is another one', async () => {
  const ids = [];
  for (const event of [{}, { StackId: 'stack-2' }, { LogicalResourceId: 'Other' }, { RequestId: 'request-2' }]) {
    const { applied } = await run({ RequestType: 'Create', ...event });
    ids.push(applied[0]?.resource);
  }
  expect(ids).toEqual([APPS_ID, expect.stringMatching(/^apps-/), expect.stringMatching(/^apps-/), APPS_ID]);
  expect(new Set(ids).size).toBe(3);
});

describe('an answer that CloudFormation does not accept', () => {
  test('is sent again, noted, and never an error: the work is done', async () => {
    answerWith = 403;
    const { applied, notes, waits } = await run({ RequestType: 'Create' });
    expect(applied).toHaveLength(1);
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
      const { notes } = await run({ RequestType }, { outcome: 'repeated' });
      expect(received).toEqual([]);
      expect(notes).toEqual(['an event came again: its first delivery answers it: undefined']);
    },
  );
});

describe('the keys as a whole', () => {
  const keys = { ResourceType: 'Custom::DaykeyKeys' };

  test.each(['Create', 'Update'])('%s tries KMS out, and sets no app up', async (RequestType) => {
    const { tasks, applied } = await run({ ...keys, RequestType, PhysicalResourceId: 'keys' });
    expect([tasks, applied]).toEqual([['probe'], []]);
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'keys' });
  });

  test("fail the first deployment with KMS's own words", async () => {
    const words = 'refused to make a probe key: AccessDeniedException: explicit deny in a service control policy';
    await run({ ...keys, RequestType: 'Create' }, { failure: new Error(words) });
    expect(received[0]?.body).toMatchObject({
      Status: 'FAILED',
      Reason: `${words} (log stream 2026/01/01/[1]abc)`,
      PhysicalResourceId: 'keys-never-tried',
    });
  });

  test('that fail an update keep their ID, so that CloudFormation deletes nothing', async () => {
    await run({ ...keys, RequestType: 'Update', PhysicalResourceId: 'keys' }, { failure: new Error('refused') });
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: 'keys' });
  });

  test('that are deleted destroy what the apps left, and say what could not be destroyed', async () => {
    const deleted = { ...keys, RequestType: 'Delete', PhysicalResourceId: 'keys' };
    expect((await run(deleted)).tasks).toEqual(['destroyLeftovers']);
    await run(deleted, { failure: new Error('1 keys could not be destroyed') });
    expect(received.map(({ body }) => body.Status)).toEqual(['SUCCESS', 'FAILED']);
  });

  test('that were never tried out do not fail the rollback of a first deployment', async () => {
    const event = { ...keys, RequestType: 'Delete', PhysicalResourceId: 'keys-never-tried' };
    const { notes } = await run(event, { failure: new Error('refused') });
    expect(received[0]?.body).toMatchObject({ Status: 'SUCCESS', PhysicalResourceId: 'keys-never-tried' });
    expect(notes).toEqual([expect.stringMatching(/^a probe key is left: Error/)]);
  });
});

describe('a role of another stack', () => {
  const RoleArn = 'arn:aws:iam::111122223333:role/teams/desk-app';
  const trust = (
    event: Omit<Partial<ResourceEvent>, 'RequestType'> & { RequestType: string },
    properties: object = {},
  ) =>
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

interface Circumstances {
  /** What everything fails with. */
  readonly failure?: unknown;
  readonly outcome?: ApplyOutcome;
  /** The text of the asset. */
  readonly asset?: string;
  /** The text that is kept under the digest of the settings. */
  readonly kept?: string;
}

async function run(
  event: { readonly RequestType: string } & {
    readonly [Name in Exclude<keyof ResourceEvent, 'RequestType'>]?: ResourceEvent[Name] | undefined;
  },
  { failure, outcome = 'done', asset = TEXT, kept }: Circumstances = {},
) {
  const applied: StackChange[] = [];
  const requests: (StackRequest | string)[] = [];
  const ended: [resource: string, digest: string][] = [];
  const goneOn: ResourceEvent[] = [];
  const read: object[] = [];
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
  const done = typeof outcome === 'number' ? 'done' : outcome;
  const lifecycle: Lifecycle = {
    probe: task('probe'),
    destroyLeftovers: task('destroyLeftovers'),
    telemetry,
    apply: async (change, request) => {
      requests.push(request);
      if (failure !== undefined) throw failure;
      applied.push(change);
      return outcome;
    },
    end: async (resource, digest, request) => {
      requests.push(request);
      if (failure !== undefined) throw failure;
      ended.push([resource, digest]);
      return outcome;
    },
    readAsset: async (found) => {
      read.push(found);
      return asset;
    },
    findKept: async (digest) => (digest === digestFor(NOW) ? kept : undefined),
    trust: async (app, { id, integration, role }, requestId) => {
      requests.push(requestId);
      tasks.push(`trust ${app} ${integration} ${role} ${id}`);
      return done;
    },
    endTrust: async (app, id, requestId) => {
      requests.push(requestId);
      tasks.push(`endTrust ${app} ${id}`);
      return done;
    },
  };
  const handler = customResource({
    readTask: (found) => readResourceTask(lifecycle, found),
    goOn: async (again) => void goneOn.push(again),
    telemetry,
    wait: async (ms) => void waits.push(ms),
  });
  const sent = {
    ...(event.RequestType === 'Create' ? {} : { PhysicalResourceId: APPS_ID }),
    ...(event.RequestType === 'Update' ? { OldResourceProperties: BEFORE } : {}),
    ResourceType: 'Custom::DaykeyApps',
    StackId: 'stack-1',
    RequestId: 'request-1',
    LogicalResourceId: 'Apps',
    ResponseURL: url,
    ResourceProperties: NOW,
    ...event,
  } as ResourceEvent;
  await handler(sent, contextOf('rest'));
  return { applied, ended, goneOn, read, notes, requests, waits, tasks };
}
