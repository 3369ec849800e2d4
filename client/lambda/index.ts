// The entry `daykey/lambda`: direct invocation of the vault's functions, by the AWS SDK's Lambda client.

import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { isOperation } from '../../wire/operations.ts';
import { DaykeyProblem, membersIn, unreachable } from '../sdk/problem.ts';
import { type Operation, parsedAnswer, type Transport } from '../sdk/transport.ts';

/** What is used of a `LambdaClient`. These types are our own, so that compiling needs no AWS SDK. */
export interface Invoker {
  /** Sends an `InvokeCommand`. */
  send(command: object, options: { abortSignal: AbortSignal }): Promise<Invocation>;
}

/** What is used of the answer to an `InvokeCommand`. */
export interface Invocation {
  /** About the request itself; not used. */
  readonly $metadata: object;
  /** Present when the function failed instead of answering. */
  readonly FunctionError?: string | undefined;
  /** JSON text in UTF-8. */
  readonly Payload?: Uint8Array | undefined;
}

/** Which functions to invoke, and how. */
export interface LambdaTransportOptions {
  /**
   * Name or ARN of each function with its alias `direct`: the stack's outputs `FunctionEncrypt`, `FunctionDecrypt` and so
   * on. Name those that the caller may invoke.
   */
  readonly functions: Readonly<Partial<Record<Operation, string>>>;
  /** @default a client with the environment's Region and credentials that leaves all retries to `Daykey` */
  readonly client?: Invoker;
}

/** The transport by direct invocation. @throws Error for an unknown operation, or a function without its alias. */
export function lambdaTransport({ functions, client }: LambdaTransportOptions): Transport {
  for (const [operation, name] of Object.entries(functions)) {
    if (!isOperation(operation)) throw new Error(`functions: ${operation} is no operation`);
    // Other aliases and versions take REST events only.
    if (!String(name).endsWith(':direct'))
      throw new Error(`functions: end the name for ${operation} with the alias :direct`);
  }
  let invoker = client;
  return async ({ app, operation, authorization, body, signal }) => {
    const FunctionName = functions[operation];
    if (FunctionName === undefined) {
      throw new DaykeyProblem('invalid-request', `no function is named for ${operation}`, { paths: ['functions'] });
    }
    invoker ??= new LambdaClient({ maxAttempts: 1 });
    const Payload = JSON.stringify({ authorization, app, operation, body });
    const invoked = await invoker
      .send(new InvokeCommand({ FunctionName, Payload }), { abortSignal: signal })
      .catch((error: unknown) => {
        throw isRefusal(error) ? refusal(error, operation) : unreachable(error);
      });
    if (invoked.FunctionError !== undefined) {
      // What a failed function says of itself may repeat the request.
      throw new DaykeyProblem('unreachable', `the function for ${operation} failed`);
    }
    const { status, body: answer } = membersIn(parsedAnswer(Buffer.from(invoked.Payload ?? []).toString('utf8')));
    return { status: Number(status), body: answer };
  };
}

// Credentials that are renewed, a clock that the client corrects by the answer, a function that is being updated, and
// throttling (AWS Lambda API reference, Invoke; Smithy's service-error-classification).
const PASSING_ERRORS =
  /^(ExpiredToken|RequestExpired|RequestInTheFuture|RequestTimeTooSkewed|InvalidSignature|SignatureDoesNotMatch|Throttl|RequestTimeout)/;
const PASSING_STATUSES = [408, 409, 429];

interface ServiceError extends Error {
  readonly $metadata: { readonly httpStatusCode: number };
}

/** Whether Lambda refuses the invocation and would do so again. Any other failure may pass. */
function isRefusal(error: unknown): error is ServiceError {
  if (!(error instanceof Error)) return false;
  const { httpStatusCode: status } = membersIn(Reflect.get(error, '$metadata'));
  const isClientError = typeof status === 'number' && status >= 400 && status < 500;
  return isClientError && !PASSING_STATUSES.includes(status) && !PASSING_ERRORS.test(error.name);
}

function refusal({ name, $metadata }: ServiceError, operation: Operation): DaykeyProblem {
  const status = $metadata.httpStatusCode;
  return new DaykeyProblem('refused', `Lambda refuses to invoke the function for ${operation}: ${name}`, { status });
}
