// A vault for tests of code that calls a vault: the real one in memory, with a clock that the test moves.

import { isDate } from 'node:util/types';
import { appSettings, parseSettings } from '../../vault/domain/settings/parse.ts';
import { type Period, periodSeconds } from '../../vault/domain/settings/period.ts';
import type { VaultProps } from '../../vault/domain/settings/props.ts';
import { callFromHttp } from '../../vault/operations/http-call.ts';
import type { RequestLine } from '../../vault/ports/telemetry.ts';
import { noOthers, optionsIn } from '../sdk/arguments.ts';
import { Daykey } from '../sdk/daykey.ts';
import { parsedAnswer, type Transport } from '../sdk/transport.ts';
import { type ConsolePerson, type ConsoleState, consoleState, listenAsConsole } from './console.ts';
import { marking } from './marks.ts';
import { memoryParts } from './parts.ts';
import { type Listening, listen } from './port.ts';
import { passTime } from './schedules.ts';

/** What a test can change. */
export interface TestingVaultOptions {
  /** Where the vault's clock begins. @default now */
  readonly startsAt?: Date;
}

/** A vault in this process. */
export interface TestingVault {
  /** A `Daykey` of one of the vault's integrations, whose retries take no time. @throws Error for an unknown integration. */
  as(app: string, integration: string): Daykey;
  /** Gives the `Authorization` header of an integration, for your own `Daykey`. @throws Error for an unknown integration. */
  identity(app: string, integration: string): () => Promise<string>;
  /** The transport to this vault within the process, for your own `Daykey`. */
  readonly transport: Transport;
  /** The vault's clock. It stands still until {@link TestingVault.advance}. */
  now(): Date;
  /** Lets time pass for the vault, and does what its schedules would have done: it makes keys, and deletes what expired. */
  advance(period: Period): Promise<void>;
  /** Listens on a port of 127.0.0.1, with the paths and answers of the REST API over plain HTTP. @default a free port */
  listen(port?: number): Promise<Listening>;
  /**
   * Listens on a port of 127.0.0.1 as the Console, and signs this person in without an issuer. Several people can look at one
   * vault, each at their own port.
   *
   * @param port @default a free port
   * @throws Error when the settings have no `console`.
   */
  listenAsConsole(person: ConsolePerson, port?: number): Promise<Listening>;
  /** The log line of each request, as a deployed vault writes it. */
  readonly log: readonly RequestLine[];
}

/**
 * A vault whose apps are set up and ready. Only this vault, in this process, opens what it seals. Its refs carry a mark:
 * a real vault redacts or refuses them, and it does the same with real refs.
 *
 * @param props The settings, as in `daykey.settings.ts`.
 * @throws Error for invalid settings or options, and in a Lambda function.
 */
export async function testingVault(props: VaultProps, options?: TestingVaultOptions): Promise<TestingVault> {
  refuseInLambda(process.env);
  const { startsAt = new Date(), ...others } = optionsIn(options);
  noOthers(others);
  if (!isDate(startsAt) || Number.isNaN(startsAt.getTime())) throw new RangeError('startsAt must be a valid Date');
  const settings = parseSettings(props, { tokens: 'allowed' });
  const apps = appSettings(settings);
  const parts = memoryParts({ startsAtMs: startsAt.getTime(), around: marking });
  for (const app of apps) await parts.setUp(app);
  let requests = 0;
  const nextRequestId = () => {
    requests += 1;
    return `request-${requests}`;
  };
  const headers = new Map<string, string>();
  let passed = Promise.resolve();
  let people: ConsoleState | undefined;

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
      // A copy, as over a network.
      body: parsedAnswer(answer.text),
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
      // One after the other, so that two calls let the time of both pass.
      const passes = passed.then(() => passTime(parts, seconds));
      passed = passes.catch(() => {});
      await passes;
    },
    listen: (port = 0) =>
      listen((request) => parts.respond(callFromHttp({ ...request, requestId: nextRequestId() })), port),
    async listenAsConsole(person, port = 0) {
      people ??= consoleState(parts, settings);
      return await listenAsConsole(people, await parts.blobOrigin(), person, port);
    },
    log: parts.telemetry.requests,
  };
}

/** @throws Error in a Lambda function, where it would seal real values and nothing would protect them. */
function refuseInLambda({ AWS_LAMBDA_FUNCTION_NAME, AWS_EXECUTION_ENV }: NodeJS.ProcessEnv): void {
  // AWS's build machines have an execution environment too, under another name.
  if (AWS_LAMBDA_FUNCTION_NAME === undefined && !AWS_EXECUTION_ENV?.startsWith('AWS_Lambda')) return;
  throw new Error(
    'a testing vault keeps its keys in memory and is for tests only, so it does not run in a Lambda function: connect with Daykey to a deployed vault',
  );
}
