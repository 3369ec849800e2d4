// The SDK on a vault in memory: over REST as a fetch, directly as a Lambda client.

import type { InvokeCommand, InvokeCommandOutput } from '@aws-sdk/client-lambda';
import { lambdaTransport } from '../../../../client/lambda/index.ts';
import { Daykey, type DaykeyOptions, type Operation, type WireRequest } from '../../../../client/sdk/index.ts';
import { OPERATIONS } from '../../../../wire/operations.ts';
import { lambdaFunctions } from '../../../support/lambda-vault.ts';
import type { MemoryVault } from '../../../support/memory-vault.ts';

export const URL_OF_VAULT = 'https://vault.example/prod';

/** A fetch that the vault answers. */
export function fetchOf(vault: MemoryVault): typeof fetch {
  return async (input, init) => {
    const [, app, operation] = /\/prod\/v1\/apps\/([^/]+)\/([\w-]+)$/.exec(String(input)) ?? [];
    const authorization = new Headers(init?.headers).get('authorization') ?? undefined;
    const request = { app: String(app), operation: String(operation), authorization, body: init?.body };
    const { status, text, headers } = await vault.send(request);
    return new Response(text, { status, headers });
  };
}

/** A Lambda client whose functions are the vault's, by operation. */
export function invokerOf(vault: MemoryVault) {
  return {
    send: async ({ input }: InvokeCommand): Promise<InvokeCommandOutput> => {
      const operation = /:vault-([\w-]+):direct$/.exec(input.FunctionName ?? '')?.[1] as Operation;
      const answer = await lambdaFunctions(vault).direct(operation, JSON.parse(String(input.Payload)));
      return { $metadata: {}, StatusCode: 200, Payload: Buffer.from(JSON.stringify(answer)) as never };
    },
  };
}

const FUNCTIONS = Object.fromEntries(OPERATIONS.map((name) => [name, `arn:aws:vault-${name}:direct`]));

/** The SDK as one of the vault's integrations, over HTTP unless another way is given, without any real pause. */
export function overRest(vault: MemoryVault, integration = 'desk', more: Partial<DaykeyOptions> = {}): Daykey {
  const identity = async () => vault.authorizationOf(integration);
  const way = more.transport ? {} : { url: URL_OF_VAULT, fetch: fetchOf(vault) };
  const options = { app: vault.app, identity, pause: async () => {}, ...way, ...more };
  return new Daykey(options as DaykeyOptions);
}

export function direct(vault: MemoryVault, integration = 'desk'): Daykey {
  const identity = async () => vault.authorizationOf(integration);
  const transport = lambdaTransport({ functions: FUNCTIONS, client: invokerOf(vault) });
  return new Daykey({ app: vault.app, identity, transport, pause: async () => {} });
}

/** A transport that the vault answers, and what went through it. */
export function seen(vault: MemoryVault) {
  const requests: { operation: Operation; body: Record<string, unknown> }[] = [];
  const transport = async ({ app, operation, authorization, body }: WireRequest) => {
    requests.push({ operation, body: JSON.parse(body) });
    return vault.send({ app, operation, authorization, body });
  };
  return { requests, transport };
}
