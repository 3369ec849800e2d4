// Sends the requests of a call to a vault, for one app and one identity, within its time. Retries transient failures.

import type { Operation } from '../../wire/operations.ts';
import { checked, type Shape } from './answers.ts';
import { noOthers, optionsIn } from './arguments.ts';
import { within } from './deadline.ts';
import { type HttpTransportOptions, httpTransport } from './http-transport.ts';
import { type Member, objectText } from './json.ts';
import { DaykeyProblem, invalidRequest, problemIn, unreachable } from './problem.ts';
import { type RetryOptions, retrying, retryOptions } from './retry.ts';
import type { Transport, WireAnswer } from './transport.ts';
import type { CallOptions } from './verbs.ts';

/** Whose values, who asks, and the way there: `url` for the REST API, or `transport: lambdaTransport(…)`. */
export type DaykeyOptions = RetryOptions & {
  /** The app, as the stack's settings name it. */
  readonly app: string;
  /** Gives the `Authorization` header of each try: `apiToken(…)` or `awsIdentity(…)`. What it throws rises as it is. */
  readonly identity: () => Promise<string>;
} & (
    | (HttpTransportOptions & {
        /** Either a `url` or a `transport`. */
        readonly transport?: never;
      })
    | {
        /** `lambdaTransport(…)` of `daykey/lambda`, or your own. */
        readonly transport: Transport;
        /** Either a `url` or a `transport`. */
        readonly url?: never;
        /** Belongs to a `url`. */
        readonly fetch?: never;
        /** Belongs to a `url`. */
        readonly insecureHttp?: never;
      }
  );

/** Sends one request of a call, with retries, and gives its answer. @throws DaykeyProblem `unintelligible` for one of another shape. */
export type Send = <Answer>(operation: Operation, members: Iterable<Member>, shape: Shape<Answer>) => Promise<Answer>;

/** A way to a vault. */
export interface Connection {
  /** Does the work of one call within its time. @throws DaykeyProblem */
  call<Result>(options: CallOptions | undefined, work: (send: Send) => Promise<Result>): Promise<Result>;
  /** How patient it is. */
  readonly retry: Required<RetryOptions>;
  /** Whether it also takes `http:` URLs of other machines. */
  readonly insecureHttp: boolean;
}

/**
 * Where a `Daykey` keeps its connection, for the other entries of the package: a registered symbol, so that an entry of
 * another copy of the package finds it too.
 */
export const CONNECTION: unique symbol = Symbol.for('daykey.connection');

/** @throws Error for options that are unknown, missing or out of range, and for a `url` without TLS to another machine. */
export function connection(options: DaykeyOptions): Connection {
  const { app, identity, transport, url, fetch, insecureHttp, ...patience } = options;
  if (typeof app !== 'string' || typeof identity !== 'function' || (url === undefined) === (transport === undefined)) {
    throw new TypeError('app, identity and url or transport needed');
  }
  const transmit = transport ?? httpTransport(options as HttpTransportOptions);
  const retry = retryOptions(patience);

  /** The body of an answer of status 200. */
  async function answerTo(operation: Operation, body: string, signal: AbortSignal): Promise<unknown> {
    const authorization = await identity();
    // The caller's own transport may return anything.
    let answer: Partial<WireAnswer> | undefined;
    try {
      answer = await transmit({ app, operation, authorization, body, signal });
    } catch (error) {
      throw error instanceof DaykeyProblem ? error : unreachable(error);
    }
    if (answer?.status === 200) return answer.body;
    throw problemIn(answer?.status, answer?.body, answer?.retryAfterSeconds);
  }

  return {
    retry,
    insecureHttp: insecureHttp === true,
    async call(options, work) {
      const { signal, ...others } = optionsIn(options);
      noOthers(others);
      if (signal && !(signal instanceof AbortSignal)) throw invalidRequest('AbortSignal expected', ['signal']);
      const { totalMs } = retry;
      const endsAtMs = performance.now() + totalMs;
      return within(totalMs, signal, (ending) =>
        work(async (operation, members, shape) => {
          const body = objectText(members);
          const answer = await retrying(retry, { signal: ending, endsAtMs }, (trying) =>
            answerTo(operation, body, trying),
          );
          return checked(answer, shape);
        }),
      );
    },
  };
}
