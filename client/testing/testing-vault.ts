// A vault for the tests of those who integrate: the real one on memory, with a clock that the test moves.

import { parseApps } from '../../vault/domain/settings/parse.ts';
import { type Period, periodSeconds } from '../../vault/domain/settings/period.ts';
import type { VaultProps } from '../../vault/domain/settings/props.ts';
import { callFromHttp } from '../../vault/operations/http-call.ts';
import type { RequestLine } from '../../vault/ports/telemetry.ts';
import { Daykey } from '../sdk/daykey.ts';
import { parsedAnswer, type Transport } from '../sdk/transport.ts';
import { marking } from './marks.ts';
import { memoryParts } from './parts.ts';
import { type Listening, listen } from './port.ts';
import { passTime } from './schedules.ts';

/** What a test may want otherwise. */
export interface TestingVaultOptions {
  /** When the vault's clock begins. @default now */
  readonly startsAt?: Date;
}

/** A vault in this process. */
export interface TestingVault {
  /** The SDK as one of the vault's integrations, without any real pause. @throws Error for one that there is not. */
  as(app: string, integration: string): Daykey;
  /** Gives the `Authorization` header of an integration, for a `Daykey` of your own. @throws Error for one that there is not. */
  identity(app: string, integration: string): () => Promise<string>;
  /** The way to the vault in this process, for a `Daykey` of your own. */
  readonly transport: Transport;
  /** The vault's clock. It stands still until {@link TestingVault.advance}. */
  now(): Date;
  /** Lets time pass for the vault, with all that it would have done by itself meanwhile: keys, and the end of what expires. */
  advance(period: Period): Promise<void>;
  /** Puts the vault behind a port of 127.0.0.1: plain HTTP, the paths and answers of the REST API. @default a free port */
  listen(port?: number): Promise<Listening>;
  /** The line that each request left behind, as a deployed vault logs it. */
  readonly log: readonly RequestLine[];
}

/**
 * A vault whose apps are set up and ready. What it seals only it can open, in this process: its refs are marked, so that
 * a real vault redacts or refuses them, as it does those of a real one.
 *
 * @param props as in `daykey.settings.ts`.
 * @throws Error for settings that do not hold, and in a Lambda function.
 */
export async function testingVault(props: VaultProps, options: TestingVaultOptions = {}): Promise<TestingVault> {
  refuseInLambda(process.env);
  const apps = parseApps(props, { tokens: 'allowed' });
  const parts = memoryParts({ startsAtMs: (options.startsAt ?? new Date()).getTime(), around: marking });
  for (const app of apps) await parts.setUp(app);
  let requests = 0;
  const nextRequestId = () => {
    requests += 1;
    return `request-${requests}`;
  };
  const headers = new Map<string, string>();
  let passed = Promise.resolve();

  function identity(app: string, integration: string): () => Promise<string> {
    const integrations = apps.find((settings) => settings.app === app)?.integrations ?? {};
    if (!Object.hasOwn(integrations, integration)) {
      throw new Error(`the vault has no integration ${integration} in an app ${app}: name it in its settings`);
    }
    const name = `${app}/${integration}`;
    const header = headers.get(name) ?? parts.issueToken(app, integration);
    headers.set(name, header);
    return async () => header;
  }

  const transport: Transport = async ({ app, operation, authorization, body }) => {
    const requestId = nextRequestId();
    const answer = await parts.respond({ requestId, app, operation, authorization, bodyText: () => body });
    const retryAfter = answer.headers['Retry-After'];
    return {
      status: answer.status,
      // As over a network: whoever asked gets a copy.
      body: parsedAnswer(JSON.stringify(answer.body)),
      retryAfterSeconds: retryAfter === undefined ? undefined : Number(retryAfter),
    };
  };

  return {
    identity,
    transport,
    as: (app, integration) =>
      new Daykey({ app, transport, identity: identity(app, integration), pause: () => Promise.resolve() }),
    now: () => new Date(parts.clock()),
    async advance(period) {
      const seconds = periodSeconds(period);
      // One after the other: time that passes twice passes for as long as both.
      const passes = passed.then(() => passTime(parts, seconds));
      passed = passes.catch(() => {});
      await passes;
    },
    listen: (port = 0) =>
      listen((request) => parts.respond(callFromHttp({ ...request, requestId: nextRequestId() })), port),
    log: parts.telemetry.requests,
  };
}

/** @throws Error where values would be sealed for real, and nothing would protect them. */
function refuseInLambda({ AWS_LAMBDA_FUNCTION_NAME, AWS_EXECUTION_ENV }: NodeJS.ProcessEnv): void {
  // Build machines of AWS have an execution environment too, of another name.
  if (AWS_LAMBDA_FUNCTION_NAME === undefined && !AWS_EXECUTION_ENV?.startsWith('AWS_Lambda')) return;
  throw new Error(
    'a testing vault keeps its keys in memory and is for tests alone, so it does not run in a Lambda function: connect with Daykey to a deployed vault',
  );
}
