// A whole vault in memory for our own tests: the testing kit's parts, one app, and calls to its operations.

import { memoryParts, type Parts, type PartsOptions } from '../../client/testing/parts.ts';
import { hashApiToken } from '../../vault/domain/api-token.ts';
import { DEFAULT_LIFE } from '../../vault/domain/kek-life/life.ts';
import type { AppRing } from '../../vault/domain/kek-life/ring.ts';
import { regularSlotAt } from '../../vault/domain/kek-life/slot.ts';
import type { AppSettings, Integration } from '../../vault/domain/settings.ts';
import { callFromHttp } from '../../vault/operations/http-call.ts';
import { secondsOf } from '../../vault/ports/clock.ts';
import { formatAwsIdentity } from '../../wire/aws-identity.ts';
import type { DecryptResponse } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import type { Operation } from '../../wire/operations.ts';
import { headersOf, type RequestParts } from './requests.ts';

export type { RequestPorts } from '../../client/testing/parts.ts';

/** One integration of each kind, and one of kind `other` that may decrypt. */
export const INTEGRATIONS = {
  web: { kind: 'messaging', processSensitive: false, roles: [] },
  desk: { kind: 'customer-support', processSensitive: false, roles: [] },
  bot: { kind: 'component', processSensitive: false, roles: [] },
  analytics: { kind: 'other', processSensitive: false, roles: [] },
  audit: { kind: 'other', processSensitive: true, roles: [] },
} as const satisfies Record<string, Integration>;

export interface MemoryVaultOptions extends Partial<Omit<PartsOptions, 'around'>> {
  readonly app?: string;
  readonly integrations?: Readonly<Record<string, Integration>>;
  readonly settings?: Partial<AppSettings>;
}

/** An answer as it goes over the network, and its body parsed again. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The body as sent. */
  readonly text: string;
}

export interface MemoryVault extends Omit<Parts, 'rotate'> {
  readonly app: string;
  readonly settings: AppSettings;
  /** Advances the clock by seconds, or sets it back. Nothing runs on a schedule: see {@link MemoryVault.rotate}. */
  advance(seconds: number): void;
  /** Now, in whole seconds. */
  nowS(): number;
  /** The ring of the app as it is stored. */
  ring(): Promise<AppRing>;
  /** What the rotate function does on its schedule. */
  rotate(): Promise<void>;
  /** Adds an app with the same integrations and its first key. */
  addApp(app: string): Promise<void>;
  /** The `Authorization` header of an integration: an API token, issued on first use. */
  authorizationOf(integration: string, app?: string): string;
  /** The `Authorization` header of a caller whose ARN STS says is this one, signed some seconds ago. @default 0 */
  signedAs(arn: string, agoS?: number): string;
  /** Revokes every API token of an integration. */
  revoke(integration: string, app?: string): void;
  /** Refs of these values by name. @throws Error for any answer but 200. */
  encrypt(integration: string, fields: Readonly<Record<string, unknown>>, rest?: object): Promise<EncryptResponse>;
  /** The values of refs, by name. @throws Error for any answer but 200. */
  decrypt(integration: string, refs: Readonly<Record<string, string>>): Promise<DecryptResponse['values']>;
  /** A call as an integration. */
  call(integration: string, operation: Operation, body: unknown): Promise<Reply>;
  /** Any HTTP request. */
  send(request: RequestParts): Promise<Reply>;
}

/** A vault with one app whose first key is ready, made the way a deployment makes it. */
export async function memoryVault(options: MemoryVaultOptions = {}): Promise<MemoryVault> {
  const { app = 'shop', integrations = INTEGRATIONS } = options;
  const appSettings = (name: string): AppSettings => ({
    app: name,
    life: DEFAULT_LIFE,
    defaultTtlS: DEFAULT_LIFE.maxTtlS,
    integrations,
    state: 'live',
    ...options.settings,
  });
  const settings = appSettings(app);
  const parts = memoryParts({ startsAtMs: anHourIntoASlot(settings), ...options });
  const { clock, grants, callers } = parts;
  await parts.setUp(settings);
  const headers = new Map<string, string>();

  function authorizationOf(integration: string, ofApp = app): string {
    const name = `${ofApp}/${integration}`;
    const header = headers.get(name) ?? parts.issueToken(ofApp, integration);
    headers.set(name, header);
    return header;
  }

  function signedAs(arn: string, agoS = 0): string {
    const accessKeyId = `ASIA${hashApiToken(arn).slice(0, 16).toUpperCase()}`;
    callers.set(accessKeyId, arn);
    const date = new Date(clock() - agoS * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    return formatAwsIdentity({ accessKeyId, date, sessionToken: 'a-token', signature: 'a'.repeat(64) });
  }

  async function send(request: RequestParts): Promise<Reply> {
    const { operation, app: ofApp = app, body = '' } = request;
    const call = callFromHttp({
      requestId: 'a-request',
      operation,
      app: ofApp,
      headers: headersOf(request).map(([name, value]) => [name, [value]]),
      body: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body),
    });
    const { status, headers, text } = await parts.respond(call);
    return { status, headers, text, body: JSON.parse(text) };
  }

  const call = (integration: string, operation: Operation, body: unknown) =>
    send({ operation, authorization: authorizationOf(integration), body });

  return {
    ...parts,
    app,
    settings,
    authorizationOf,
    signedAs,
    send,
    call,
    nowS: () => secondsOf(clock()),
    advance: (seconds) => parts.setTime(clock() + seconds * 1000),
    ring: async () => {
      const ring = await parts.keyRing.read(app);
      if (!ring) throw new Error('the app has no ring');
      return ring;
    },
    rotate: () => parts.rotate(app),
    addApp: (name) => parts.setUp(appSettings(name)),
    revoke: (integration, ofApp = app) => {
      for (const [hash, grant] of grants) {
        if (grant.app === ofApp && grant.integration === integration) grants.delete(hash);
      }
      headers.delete(`${ofApp}/${integration}`);
    },
    encrypt: async (integration, fields, more = {}) =>
      successBody<EncryptResponse>(await call(integration, 'encrypt', { fields, ...more })),
    decrypt: async (integration, refs) =>
      successBody<DecryptResponse>(await call(integration, 'decrypt', { refs })).values,
  };
}

function successBody<Body>({ status, text, body }: Reply): Body {
  if (status !== 200) throw new Error(`the vault answered ${status}: ${text}`);
  return body as Body;
}

/** A fixed instant, so that a test that fails today fails tomorrow. */
function anHourIntoASlot({ app, life }: AppSettings): number {
  return (regularSlotAt(app, life, Date.UTC(2027, 0, 15) / 1000) + Math.min(3600, Math.floor(life.cycleS / 2))) * 1000;
}
