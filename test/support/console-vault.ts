// A vault in memory with a Console: the real functions behind a port of this machine, and an issuer to sign in with.

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Context } from 'aws-lambda';
import { serveBrowser } from '../../lambda/gateway/console.ts';
import { oidcSignIn } from '../../lambda/oidc/sign-in.ts';
import { buildPage } from '../../scripts/console-page.mjs';
import { memoryApprovals } from '../../vault/memory/approvals.ts';
import { memoryConsoleSessions, memoryRevealLimit } from '../../vault/memory/console.ts';
import { memoryRevealReviews } from '../../vault/memory/reveal-reviews.ts';
import type { ConsoleDeps } from '../../vault/operations/console/console-app.ts';
import { answerConsole } from '../../vault/operations/console/decrypt-side.ts';
import type { ConsoleCall } from '../../vault/operations/console/http.ts';
import { invokedVault } from '../../vault/operations/console/invoked-vault.ts';
import type { SignIn } from '../../vault/ports/sign-in.ts';
import { withRememberedSight } from '../../vault/usecases/console/remembered-sight.ts';
import { type MemoryVault, type MemoryVaultOptions, memoryVault } from './memory-vault.ts';
import { CLIENT_ID, type Issuer, startIssuer } from './oidc-issuer.ts';

/** The person of the tests: sees `shop`. */
export const PERSON = { sub: 'person-17', email: 'ada@example.org', groups: ['support'] };
/** Who sees `shop`, and each app that is added later. */
export const VIEWERS = ['support', 'leads'];

/** Where a Console without a port says it is. */
export const PAGE_URL = 'http://127.0.0.1/vault/console';

export interface ConsoleParts {
  readonly vault: MemoryVault;
  readonly deps: ConsoleDeps;
}

/** A vault whose app the Console shows, and the Console's parts with a sign-in that the test gives. */
export async function consoleParts(
  signIn: SignIn,
  options: MemoryVaultOptions = {},
  pageUrl = PAGE_URL,
): Promise<ConsoleParts> {
  const settings = { console: { viewers: VIEWERS, showPlain: false, requireApproval: false }, ...options.settings };
  const vault = await memoryVault({ ...options, settings });
  const { clock, telemetry, entryLog, logKey, auditTrail, ledger, request, viewers } = vault;
  const approvals = memoryApprovals();
  const decryptSide = { ...request, revealLimit: memoryRevealLimit(), approvals, viewers };
  const invoke = async (_: string, event: unknown) => ({
    failed: false as const,
    // As over a network.
    answer: JSON.parse(JSON.stringify(await answerConsole(decryptSide, JSON.parse(JSON.stringify(event)), 'a-reveal'))),
  });
  return {
    vault,
    deps: {
      clock,
      telemetry,
      pageUrl,
      page: { html: '<p>page</p>', script: '', style: '' },
      blobOrigin: 'https://blobs.example',
      signIn,
      claim: 'groups',
      requireTicket: false,
      sessions: memoryConsoleSessions(),
      log: entryLog,
      logKey,
      approvals,
      reveals: auditTrail,
      receipts: ledger,
      reviews: memoryRevealReviews(),
      vault: withRememberedSight(clock, invokedVault(invoke, 'decrypt:console')),
    },
  };
}

/** A sign-in without an issuer: the claims that it is given. */
export function signInAs(claims: Awaited<ReturnType<SignIn['finish']>> = PERSON): SignIn {
  let logins = 0;
  return {
    async begin() {
      logins += 1;
      return { url: 'https://issuer.example/authorize', login: { state: `s${logins}`, nonce: 'n', verifier: 'v' } };
    },
    finish: async (parameters, login) => (parameters.get('state') === login.state ? claims : undefined),
  };
}

/** A request as a browser sends it to its own page. */
export function browserCall(
  route: string,
  more: { query?: Record<string, string>; headers?: Record<string, string>; body?: unknown } = {},
): ConsoleCall {
  const [method = '', path = ''] = route.split(' ');
  return {
    requestId: 'a-request',
    method,
    path,
    query: new URLSearchParams(more.query),
    header: (name) => more.headers?.[name],
    bodyText: () => JSON.stringify(more.body),
  };
}

/** A Console that a browser can open. */
export interface ListeningConsole extends ConsoleParts {
  readonly url: string;
  readonly issuer: Issuer;
  /** Every request that the page made: method, path with its query, and what was answered. */
  readonly requests: { readonly line: string; readonly answered: string }[];
  close(): Promise<void>;
}

/** Listens on 127.0.0.1 below a stage, with the events that API Gateway would make. Its clock is the machine's. */
export async function listeningConsole(options: MemoryVaultOptions = {}): Promise<ListeningConsole> {
  const issuer = await startIssuer(PERSON);
  const requests: ListeningConsole['requests'] = [];
  let handler: ReturnType<typeof serveBrowser> | undefined;
  const server = createServer((request, response) => {
    const answer = async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://127.0.0.1');
      const below = /^\/vault\/console(?:\/(.+))?$/.exec(pathname);
      if (!below || !handler) return response.writeHead(404).end();
      const event = {
        httpMethod: request.method,
        pathParameters: below[1] === undefined ? null : { path: below[1] },
        multiValueQueryStringParameters: Object.fromEntries(
          [...new Set(searchParams.keys())].map((name) => [name, searchParams.getAll(name)]),
        ),
        multiValueHeaders: request.headersDistinct,
        body: Buffer.concat(chunks).toString('utf8'),
        isBase64Encoded: false,
      };
      const { statusCode, multiValueHeaders = {}, body } = await handler(event, { awsRequestId: 'r' } as Context);
      requests.push({ line: `${request.method} ${request.url}`, answered: body });
      for (const [name, values] of Object.entries(multiValueHeaders)) response.setHeader(name, values.map(String));
      return response.writeHead(statusCode).end(body);
    };
    answer().catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/vault/console`;
  const signIn = oidcSignIn({
    issuer: issuer.url,
    clientId: CLIENT_ID,
    redirectUri: `${url}/callback`,
    allowHttp: true,
  });
  const parts = await consoleParts(signIn, { startsAtMs: Date.now(), ...options }, url);
  const deps = { ...parts.deps, page: buildPage(), blobOrigin: await parts.vault.blobOrigin() };
  handler = serveBrowser(deps);
  return {
    vault: parts.vault,
    deps,
    url,
    issuer,
    requests,
    async close() {
      server.close();
      server.closeAllConnections();
      await Promise.all([once(server, 'close'), issuer.close()]);
    },
  };
}
