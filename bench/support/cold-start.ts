// A process that loads a function's bundle and asks it once, as Lambda does.

import { setTimeout as sleep } from 'node:timers/promises';
import { cpuNs } from './rounds.ts';

/** CPU time in nanoseconds. */
export interface ColdStart {
  readonly initNs: number;
  readonly requestNs: number;
}

/** Lambda asks for the first event when a function has been loaded, over HTTP. */
const SETTLED_MS = 30;

const [file = '', app, authorization] = process.argv.slice(2);
const event = {
  resource: '/v1/apps/{app}/encrypt',
  pathParameters: { app },
  headers: { Authorization: authorization, 'Content-Type': 'application/json' },
  body: JSON.stringify({ fields: { a: 'x'.repeat(100) } }),
};
const context = {
  invokedFunctionArn: 'arn:aws:lambda:eu-central-1:111122223333:function:Encrypt:rest',
  awsRequestId: '00000000-0000-4000-8000-000000000000',
};

const loadedFrom = cpuNs();
const { handler } = await import(file);
await sleep(SETTLED_MS);
const askedFrom = cpuNs();
const { statusCode } = await handler(event, context);
const answeredAt = cpuNs();
if (statusCode !== 200) throw new Error(`the function answered ${statusCode}`);
process.send?.({ initNs: askedFrom - loadedFrom, requestNs: answeredAt - askedFrom } satisfies ColdStart);
process.disconnect();
