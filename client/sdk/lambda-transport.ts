// By direct invocation of the vault's functions. Only who uses it loads, or bundles, the AWS SDK.

import { DaykeyProblem } from './problem.ts';
import { type Operation, parsedAnswer, type Transport } from './transport.ts';

/** What is used of the SDK's `LambdaClient`: types of its own, so that nobody needs the AWS SDK to compile. */
export interface Invoker {
  /** Sends an `InvokeCommand`. */
  send(command: object, options: { abortSignal: AbortSignal }): Promise<Invocation>;
}

/** What is used of its answer to an `InvokeCommand`. */
export interface Invocation {
  /** Of the request itself; not looked at. */
  readonly $metadata: object;
  /** Present when the function broke instead of answering. */
  readonly FunctionError?: string | undefined;
  /** JSON text in UTF-8. */
  readonly Payload?: Uint8Array | undefined;
}

/** The way by direct invocation. */
export interface LambdaTransportOptions {
  /**
   * Name or ARN of each function, its alias `direct` included: the stack's outputs `FunctionEncrypt`, `FunctionDecrypt`
   * and so on. Those that the caller may invoke are enough.
   */
  readonly functions: Readonly<Partial<Record<Operation, string>>>;
  /** @default a client of the environment's Region and credentials that leaves all retries to `Daykey` */
  readonly client?: Invoker;
}

/** The transport by direct invocation. @throws Error for a function without the alias: any other takes REST events alone. */
export function lambdaTransport({ functions, client }: LambdaTransportOptions): Transport {
  for (const [operation, name] of Object.entries(functions)) {
    if (!name.endsWith(':direct'))
      throw new Error(`the function for ${operation} must be named with its alias :direct`);
  }
  let made = client;
  return async ({ app, operation, authorization, body, signal }) => {
    const FunctionName = functions[operation];
    if (FunctionName === undefined) {
      throw new DaykeyProblem('invalid-request', `no function is named for ${operation}`, { paths: ['functions'] });
    }
    const { InvokeCommand, LambdaClient } = await import('@aws-sdk/client-lambda');
    made ??= new LambdaClient({ maxAttempts: 1 });
    const Payload = JSON.stringify({ authorization, app, operation, body });
    const invoked = await made
      .send(new InvokeCommand({ FunctionName, Payload }), { abortSignal: signal })
      .catch((error: unknown) => {
        throw refusal(error, operation) ?? error;
      });
    // What a broken function says of itself stays here.
    if (invoked.FunctionError !== undefined)
      throw new DaykeyProblem('unreachable', `the function for ${operation} broke`);
    const answer = parsedAnswer(Buffer.from(invoked.Payload ?? []).toString('utf8'));
    const { status, body: told }: { status?: unknown; body?: unknown } =
      typeof answer === 'object' && answer !== null ? answer : {};
    return { status: typeof status === 'number' ? status : 500, body: told };
  };
}

/** What Lambda will refuse again; `undefined` for what may pass. */
function refusal(error: unknown, operation: Operation): DaykeyProblem | undefined {
  const { name, $metadata }: { name?: unknown; $metadata?: { httpStatusCode?: number } } =
    error instanceof Error ? error : {};
  const status = $metadata?.httpStatusCode;
  if (status === undefined || status < 400 || status >= 500 || status === 429) return undefined;
  const told = `Lambda refuses to invoke the function for ${operation}: ${String(name)}`;
  return new DaykeyProblem(status === 413 ? 'too-large' : status === 404 ? 'not-found' : 'forbidden', told, { status });
}
