// The SDK on a vault in memory: over REST as a fetch, directly as a Lambda client.

import type { InvokeCommand, InvokeCommandOutput } from '@aws-sdk/client-lambda';
import {
  Daykey,
  type DaykeyOptions,
  lambdaTransport,
  type Operation,
  type WireRequest,
} from '../../../../client/sdk/index.ts';
import type { MemoryVault } from '../../../support/memory-vault.ts';
import { restEvent } from '../../../support/requests.ts';

export const URL_OF_VAULT = 'https://vault.example/prod';

/** A fetch that ends in the REST handlers. */
export function fetchOf(vault: MemoryVault): typeof fetch {
  return async (input, init) => {
    const [, app, operation] = /\/prod\/v1\/apps\/([^/]+)\/(\w+)$/.exec(String(input)) ?? [];
    const authorization = new Headers(init?.headers).get('authorization') ?? undefined;
    const event = restEvent({ app: String(app), operation: operation as Operation, authorization, body: init?.body });
    const { status, text, headers } = await vault.rest(operation as Operation, event);
    return new Response(text, { status, headers });
  };
}

/** A Lambda client whose functions are the handlers, by operation. */
export function invokerOf(vault: MemoryVault) {
  return {
    send: async ({ input }: InvokeCommand): Promise<InvokeCommandOutput> => {
      const operation = /:vault-(\w+):direct$/.exec(input.FunctionName ?? '')?.[1] as Operation;
      const answer = await vault.direct(operation, JSON.parse(String(input.Payload)));
      return { $metadata: {}, StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer)) as never };
    },
  };
}

const FUNCTIONS = Object.fromEntries(
  (['encrypt', 'decrypt', 'incoming', 'outgoing', 'explain', 'erase'] as const).map((name) => [
    name,
    `arn:aws:vault-${name}:direct`,
  ]),
);

/** The SDK as one of the vault's integrations, without any real pause. */
export function overRest(vault: MemoryVault, integration = 'desk', more: Partial<DaykeyOptions> = {}): Daykey {
  const identity = async () => vault.authorizationOf(integration);
  const options = {
    app: vault.app,
    identity,
    url: URL_OF_VAULT,
    fetch: fetchOf(vault),
    pause: async () => {},
    ...more,
  };
  return new Daykey(options as DaykeyOptions);
}

export function direct(vault: MemoryVault, integration = 'desk'): Daykey {
  const identity = async () => vault.authorizationOf(integration);
  const transport = lambdaTransport({ functions: FUNCTIONS, client: invokerOf(vault) });
  return new Daykey({ app: vault.app, identity, transport, pause: async () => {} });
}

/** A transport that ends in the REST handlers, and what went through it. */
export function seen(vault: MemoryVault) {
  const requests: { operation: Operation; body: Record<string, unknown> }[] = [];
  const transport = async ({ app, operation, authorization, body }: WireRequest) => {
    requests.push({ operation, body: JSON.parse(body) });
    return vault.rest(operation, restEvent({ app, operation, authorization, body }));
  };
  return { requests, transport };
}
