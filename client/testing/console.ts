// The Console of a vault in memory, behind a port of this machine: it signs one person in, without an issuer.

import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { VaultSettings } from '../../vault/domain/settings/parse.ts';
import { memoryApprovals } from '../../vault/memory/approvals.ts';
import { memoryConsoleSessions, memoryRevealLimit } from '../../vault/memory/console.ts';
import { memoryRevealReviews } from '../../vault/memory/reveal-reviews.ts';
import { answerBrowser, type ConsoleDeps, type ConsolePage } from '../../vault/operations/console/console-app.ts';
import { revealingVault } from '../../vault/operations/console/decrypt-side.ts';
import type { ConsoleCall } from '../../vault/operations/console/http.ts';
import type { SignIn } from '../../vault/ports/sign-in.ts';
import { withRememberedSight } from '../../vault/usecases/console/remembered-sight.ts';
import type { Parts } from './parts.ts';
import { type Listening, readBody } from './port.ts';

/** A person who signs in to the Console of a testing vault. */
export interface ConsolePerson {
  /** What the audit log and the page call them. */
  readonly name: string;
  /** Values of the claim that `viewers` lists. */
  readonly groups: readonly string[];
}

/** Everything behind the pages of a testing vault. They share it, so that one person can approve what another asks for. */
export type ConsoleState = ReturnType<typeof consoleState>;

/** Where the built page is: in the repository, and in the npm package. */
const PAGE_FOLDERS = ['../../dist/lambda/console/page', '../../../lambda/console/page'];
const PATH = '/console';
const GROUPS = 'groups';

/** What the Consoles of one vault share. @throws Error when the settings have no Console. */
export function consoleState(parts: Parts, { console: own }: VaultSettings) {
  if (own === undefined) throw new Error('the vault has no Console: add console: {} to its settings');
  const approvals = memoryApprovals();
  const { clock, telemetry, entryLog, logKey, auditTrail, ledger, request, viewers } = parts;
  const vault = revealingVault({ ...request, approvals, viewers, revealLimit: memoryRevealLimit() }, randomUUID);
  return {
    clock,
    telemetry,
    claim: GROUPS,
    requireTicket: own.requireTicket,
    sessions: memoryConsoleSessions(),
    log: entryLog,
    logKey,
    approvals,
    reveals: auditTrail,
    reviews: memoryRevealReviews(),
    receipts: ledger,
    vault: withRememberedSight(clock, vault),
  };
}

/** Listens on 127.0.0.1 as the Console. @param port 0 lets the system choose one. */
export async function listenAsConsole(
  state: ConsoleState,
  blobOrigin: string,
  person: ConsolePerson,
  port: number,
): Promise<Listening> {
  let deps: ConsoleDeps | undefined;
  const server = createServer((incoming, outgoing) => {
    callFrom(incoming)
      .then((call) => (deps && call ? answerBrowser(deps, call) : undefined))
      .then((answer) => {
        if (answer === undefined) return outgoing.writeHead(404).end();
        for (const [name, value] of answer.headers) outgoing.appendHeader(name, value);
        return outgoing.writeHead(answer.status).end(answer.text);
      })
      .catch(() => outgoing.destroy());
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${PATH}`;
  deps = { ...state, page: readPage(), pageUrl: url, blobOrigin, signIn: signInAs(person, url) };
  return {
    url,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Sends the browser straight back, as the person. */
function signInAs({ name, groups }: ConsolePerson, pageUrl: string): SignIn {
  return {
    async begin() {
      const state = randomUUID();
      return { url: `${pageUrl}/callback?state=${state}`, login: { state, nonce: '', verifier: '' } };
    },
    finish: async (parameters, { state }) =>
      parameters.get('state') === state ? { sub: name, name, [GROUPS]: groups } : undefined,
  };
}

/** The call in a request below the Console's path; `undefined` for any other. */
async function callFrom(incoming: IncomingMessage): Promise<ConsoleCall | undefined> {
  const { pathname, searchParams } = new URL(incoming.url ?? '', 'http://127.0.0.1');
  const body = await readBody(incoming);
  if (body === undefined || (pathname !== PATH && !pathname.startsWith(`${PATH}/`))) return undefined;
  return {
    requestId: randomUUID(),
    method: incoming.method ?? '',
    path: pathname.slice(PATH.length),
    query: searchParams,
    header: (name) => {
      const values = incoming.headersDistinct[name] ?? [];
      if (name === 'cookie') return values.join('; ') || undefined;
      return values.length === 1 ? values[0] : undefined;
    },
    bodyText: () => body.toString('utf8'),
  };
}

function readPage(): ConsolePage {
  const folder = PAGE_FOLDERS.map((path) => join(import.meta.dirname, path)).find((path) => existsSync(path));
  if (folder === undefined) {
    throw new Error(
      'the page of the Console is not built: in the repository, run node scripts/package/functions.ts first',
    );
  }
  const file = (name: string) => readFileSync(join(folder, name), 'utf8');
  return { html: file('page.html'), script: file('page.js'), style: file('page.css') };
}
