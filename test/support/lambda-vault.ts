// The vault in memory behind the handlers that Lambda invokes: REST events and direct invocations.

import { type DirectResult, serve } from '../../lambda/gateway/serve.ts';
import { FUNCTION_OF, type Operation } from '../../wire/operations.ts';
import { type MemoryVault, type MemoryVaultOptions, memoryVault, type Reply } from './memory-vault.ts';
import { contextOf, directEvent } from './requests.ts';

/** The functions of a vault, as Lambda invokes them. */
export interface LambdaFunctions {
  /** A raw event through the REST alias of the operation's function. */
  rest(operation: Operation, event: unknown): Promise<Reply>;
  /** A raw payload through the direct alias. */
  direct(operation: Operation, payload: unknown): Promise<DirectResult>;
  /** A direct invocation as an integration. */
  callDirect(integration: string, operation: Operation, body: unknown): Promise<DirectResult>;
}

export type LambdaVault = MemoryVault & LambdaFunctions;

/** A {@link memoryVault} and its functions. */
export async function lambdaVault(options: MemoryVaultOptions = {}): Promise<LambdaVault> {
  const vault = await memoryVault(options);
  return { ...vault, ...lambdaFunctions(vault) };
}

/** The functions of a vault in memory. */
export function lambdaFunctions({ app, request, functions, authorizationOf }: MemoryVault): LambdaFunctions {
  const invoke = (operation: Operation, event: unknown, alias: 'rest' | 'direct') =>
    serve(request, functions[FUNCTION_OF[operation]])(event, contextOf(alias));

  async function direct(operation: Operation, payload: unknown): Promise<DirectResult> {
    const answer = await invoke(operation, payload, 'direct');
    if ('statusCode' in answer) throw new Error('a direct call was answered like a REST one');
    return answer;
  }

  return {
    async rest(operation, event) {
      const answer = await invoke(operation, event, 'rest');
      if (!('statusCode' in answer)) throw new Error('a REST call was answered like a direct one');
      const { statusCode: status, headers = {}, body: text } = answer;
      const asText = Object.entries(headers).map(([name, value]) => [name, String(value)]);
      return { status, headers: Object.fromEntries(asText), text, body: JSON.parse(text) };
    },
    direct,
    callDirect: (integration, operation, body) =>
      direct(operation, directEvent({ app, operation, authorization: authorizationOf(integration), body })),
  };
}
