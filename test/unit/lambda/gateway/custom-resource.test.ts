// The custom resource of an app: CloudFormation always gets an answer, and learns what failed but not where.

import { createServer } from 'node:http';
import type { CloudFormationCustomResourceEvent } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { customResource } from '../../../../lambda/gateway/custom-resource.ts';
import { DEFAULT_LIFE } from '../../../../vault/domain/kek-life/life.ts';
import type { AppSettings } from '../../../../vault/domain/settings.ts';
import { contextOf } from '../../../support/requests.ts';

interface Received {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly contentType: string | undefined;
  readonly body: Record<string, unknown>;
}

const SHOP: AppSettings = {
  ...{ app: 'shop', life: DEFAULT_LIFE, defaultTtlS: 3600, retired: false },
  integrations: { web: { kind: 'messaging', processSensitive: false, roles: [] } },
};

let received: Received[] = [];
let answerWith = 200;
let url = '';
const server = createServer(async (request, response) => {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  const { method, url: path, headers } = request;
  received.push({ method, path, contentType: headers['content-type'], body: JSON.parse(text) });
  response.writeHead(answerWith).end();
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
});

describe.each(['Create', 'Update'] as const)('%s', (RequestType) => {
  test('configures the app and answers with its name', async () => {
    const { configured, retired } = await run({ RequestType });
    expect([configured, retired]).toEqual([[SHOP], []]);
    expect(received).toEqual([
      {
        ...{ method: 'PUT', path: '/answer?signature=abc%2Fdef' },
        // What the address is signed for: anything else and S3 refuses the answer.
        contentType: '',
        body: {
          ...{ Status: 'SUCCESS', PhysicalResourceId: 'shop' },
          ...{ StackId: 'stack-1', RequestId: 'request-1', LogicalResourceId: 'AppShop' },
        },
      },
    ]);
  });

  test('that fails answers with the reason and where to look, without a stack', async () => {
    await run({ RequestType }, new Error('the first app KEK did not get ready'));
    const [answer] = received;
    expect(answer?.body).toMatchObject({
      ...{ Status: 'FAILED', PhysicalResourceId: 'shop' },
      Reason: 'the first app KEK did not get ready (log stream 2026/01/01/[1]abc)',
    });
    expect(JSON.stringify(answer)).not.toMatch(/ {4}at |custom-resource/);
  });

  test('that fails with what is no Error answers all the same', async () => {
    await run({ RequestType }, 'a text');
    expect(received[0]?.body).toMatchObject({ Status: 'FAILED', Reason: expect.stringContaining('unknown error') });
  });

  test.each(['undefined', '', '{', 'null'])(
    'with the settings %j is a failure, not an hour of silence',
    async (Settings) => {
      const { configured } = await run({ RequestType }, undefined, Settings);
      expect(received[0]?.body).toMatchObject({ Status: 'FAILED', PhysicalResourceId: expect.stringMatching(/./) });
      expect(configured).toEqual([]);
    },
  );
});

test('an app with another name is another resource: the new one is configured, the old one then deleted', async () => {
  const update = await run({ RequestType: 'Update', PhysicalResourceId: 'store' });
  expect(update).toEqual({ configured: [SHOP], retired: [] });
  expect(received[0]?.body).toMatchObject({ PhysicalResourceId: 'shop' });
  const cleanUp = await run({ RequestType: 'Delete', PhysicalResourceId: 'store' });
  expect(cleanUp).toEqual({ configured: [], retired: ['store'] });
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

test('an answer that is not taken is an error in the log, not a success', async () => {
  answerWith = 403;
  await expect(run({ RequestType: 'Create' })).rejects.toThrow('CloudFormation did not take the answer: 403');
});

async function run(
  event: { RequestType: 'Create' | 'Update' | 'Delete'; PhysicalResourceId?: string },
  failure?: unknown,
  Settings = JSON.stringify(SHOP),
) {
  const configured: AppSettings[] = [];
  const retired: string[] = [];
  const handler = customResource({
    configure: async (settings) => {
      if (failure !== undefined) throw failure;
      configured.push(settings);
    },
    retire: async (app) => {
      if (failure !== undefined) throw failure;
      retired.push(app);
    },
  });
  const sent = {
    ...(event.RequestType === 'Create' ? {} : { PhysicalResourceId: 'shop' }),
    ...{ StackId: 'stack-1', RequestId: 'request-1', LogicalResourceId: 'AppShop', ResponseURL: url },
    ...{ ResourceProperties: { ServiceToken: 'arn', Settings } },
    ...event,
  };
  await handler(sent as unknown as CloudFormationCustomResourceEvent, contextOf('rest'));
  return { configured, retired };
}
