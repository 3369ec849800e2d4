// A whole vault in memory: the real handlers and use cases on the memory adapters, with a clock that the test owns.

import { memoryApiTokens } from '../../lambda/adapters/memory-api-tokens.ts';
import { memoryAuditLog } from '../../lambda/adapters/memory-audit-log.ts';
import { memoryBundleStore } from '../../lambda/adapters/memory-bundle-store.ts';
import { memoryKeyRing } from '../../lambda/adapters/memory-key-ring.ts';
import { type MemoryKms, memoryKms } from '../../lambda/adapters/memory-kms.ts';
import { memoryLedger } from '../../lambda/adapters/memory-ledger.ts';
import { memoryReceiptSigner } from '../../lambda/adapters/memory-receipt-signer.ts';
import { memoryStsIdentity } from '../../lambda/adapters/memory-sts-identity.ts';
import { type MemoryTelemetry, memoryTelemetry } from '../../lambda/adapters/memory-telemetry.ts';
import { memoryTrustedRoles } from '../../lambda/adapters/memory-trusted-roles.ts';
import { formatAwsIdentity } from '../../lambda/contract/aws-identity.ts';
import type { DecryptResponse } from '../../lambda/contract/decrypt.ts';
import type { EncryptResponse } from '../../lambda/contract/encrypt.ts';
import { MAX_ANSWER_BYTES } from '../../lambda/contract/limits.ts';
import { hashApiToken, newApiToken } from '../../lambda/domain/api-token.ts';
import { DEFAULT_LIFE } from '../../lambda/domain/kek-life/life.ts';
import type { AppRing } from '../../lambda/domain/kek-life/ring.ts';
import { regularSlotAt } from '../../lambda/domain/kek-life/slot.ts';
import type { AppSettings, Integration } from '../../lambda/domain/settings.ts';
import type { Operation } from '../../lambda/domain/trust.ts';
import { decryptAct } from '../../lambda/handlers/decrypt.ts';
import { encryptAct } from '../../lambda/handlers/encrypt.ts';
import { eraseAct } from '../../lambda/handlers/erase.ts';
import { explainAct } from '../../lambda/handlers/explain.ts';
import { incomingAct } from '../../lambda/handlers/incoming.ts';
import { outgoingAct } from '../../lambda/handlers/outgoing.ts';
import { type DirectResult, serve } from '../../lambda/handlers/serve.ts';
import type { ApiTokenGrant, ApiTokens } from '../../lambda/ports/api-tokens.ts';
import type { AppKek } from '../../lambda/ports/app-kek.ts';
import type { AuditLog, AuditTrail } from '../../lambda/ports/audit-log.ts';
import type { BundleEraser, BundleReaper, BundleStore } from '../../lambda/ports/bundle-store.ts';
import type { CallerIdentity } from '../../lambda/ports/caller-identity.ts';
import { type Clock, secondsOf } from '../../lambda/ports/clock.ts';
import type { KeyRing, KeyRingWriter } from '../../lambda/ports/key-ring.ts';
import type { ReceiptLedger, TallyLedger } from '../../lambda/ports/ledger.ts';
import type { StsIdentity } from '../../lambda/ports/sts-identity.ts';
import type { TrustedRoles } from '../../lambda/ports/trusted-roles.ts';
import { configureApp, rotateOne } from '../../lambda/usecases/configure-app.ts';
import { eitherIdentity } from '../../lambda/usecases/either-identity.ts';
import { type Rings, rememberedRings } from '../../lambda/usecases/rings.ts';
import type { RotateDeps } from '../../lambda/usecases/rotate.ts';
import { apiTokenIdentity } from '../../lambda/usecases/verify-api-token.ts';
import { awsIdentity } from '../../lambda/usecases/verify-aws-identity.ts';
import { memoryCanary } from './memory-canary.ts';
import { contextOf, directEvent, restEvent } from './requests.ts';

/** One integration of each kind, and one of those that the override lets decrypt. */
export const INTEGRATIONS = {
  web: { kind: 'messaging', processSensitive: false, roles: [] },
  desk: { kind: 'customer-support', processSensitive: false, roles: [] },
  bot: { kind: 'component', processSensitive: false, roles: [] },
  analytics: { kind: 'other', processSensitive: false, roles: [] },
  audit: { kind: 'other', processSensitive: true, roles: [] },
} as const satisfies Record<string, Integration>;

/** The ports of the request path that a test may put something before. */
export interface RequestPorts {
  readonly appKek: AppKek;
  readonly bundles: BundleStore & BundleReaper & BundleEraser;
  /** As the request path reads it; the rotator has the real one. */
  readonly keyRing: KeyRing;
  readonly apiTokens: ApiTokens;
  readonly sts: StsIdentity;
  readonly trustedRoles: TrustedRoles;
  readonly audit: AuditLog;
}

export interface MemoryVaultOptions {
  readonly app?: string;
  readonly integrations?: Readonly<Record<string, Integration>>;
  readonly settings?: Partial<AppSettings>;
  /** When the vault begins. @default a fixed instant, one hour into a slot */
  readonly startsAtMs?: number;
  /** What a test puts before a port: gets the real one, gives the one to use. */
  readonly before?: { readonly [Port in keyof RequestPorts]?: (real: RequestPorts[Port]) => RequestPorts[Port] };
  /** Bytes of stored fields that one decrypt opens. @default what the function allows */
  readonly maxStoredBytes?: number;
  readonly kms?: Pick<Parameters<typeof memoryKms>[0], 'beforeCall' | 'visibleAfterMs' | 'lock'>;
}

/** What came back over REST, its body parsed. */
export interface RestResult {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
  /** The body as sent. */
  readonly text: string;
}

export interface MemoryVault {
  readonly app: string;
  readonly settings: AppSettings;
  readonly clock: Clock;
  /** Lets time pass, in seconds; negative sets the clock back. Nothing runs by itself: see {@link MemoryVault.rotate}. */
  advance(seconds: number): void;
  /** Now, in whole seconds. */
  nowS(): number;
  readonly kms: MemoryKms;
  readonly keyRing: KeyRingWriter;
  readonly ports: RequestPorts;
  readonly telemetry: MemoryTelemetry;
  /** What the audit log holds of every app. */
  readonly auditTrail: AuditTrail;
  readonly identity: CallerIdentity;
  readonly rings: Rings;
  readonly rotateDeps: RotateDeps;
  readonly ledger: TallyLedger & ReceiptLedger;
  /** Ring of the app as it is stored. */
  ring(): Promise<AppRing>;
  /** What the rotate function does on its schedule. */
  rotate(): Promise<void>;
  /** Adds an app with the same integrations and its first key. */
  addApp(app: string): Promise<void>;
  /** The `Authorization` header of an integration: an API token, issued on first use. */
  authorizationOf(integration: string, app?: string): string;
  /** The `Authorization` header of whom STS calls by this ARN, signed so many seconds ago. @default 0 */
  signedAs(arn: string, agoS?: number): string;
  /** Takes back every token of an integration. */
  revoke(integration: string, app?: string): void;
  /** Refs of these values by name. @throws Error for any answer but 200. */
  encrypt(integration: string, fields: Readonly<Record<string, unknown>>, rest?: object): Promise<EncryptResponse>;
  /** What the refs stand for, by name. @throws Error for any answer but 200. */
  decrypt(integration: string, refs: Readonly<Record<string, string>>): Promise<DecryptResponse['values']>;
  /** A call through the REST API. */
  call(integration: string, operation: Operation, body: unknown): Promise<RestResult>;
  /** The same by direct invocation. */
  callDirect(integration: string, operation: Operation, body: unknown): Promise<DirectResult>;
  /** A raw event through the REST alias, or a raw payload through the direct one. */
  rest(operation: Operation, event: unknown): Promise<RestResult>;
  direct(operation: Operation, payload: unknown): Promise<DirectResult>;
}

const TOKEN_LIFE_S = 365 * 24 * 3600;

/** A vault with one app whose first key is ready, made the way a deployment makes it. */
export async function memoryVault(options: MemoryVaultOptions = {}): Promise<MemoryVault> {
  const { app = 'shop', integrations = INTEGRATIONS, before = {} } = options;
  const settingsOf = (name: string): AppSettings => ({
    ...{ app: name, life: DEFAULT_LIFE, defaultTtlS: DEFAULT_LIFE.maxTtlS, integrations, retired: false },
    ...options.settings,
  });
  const settings = settingsOf(app);
  let nowMs = options.startsAtMs ?? anHourIntoASlot(settings);
  const clock: Clock = () => nowMs;

  const kms = memoryKms({ clock, ...options.kms });
  const settingsOfApps = new Map<string, AppSettings>();
  const keyRing = memoryKeyRing(settingsOfApps);
  const callers = new Map<string, string>();
  const grants = new Map<string, ApiTokenGrant>();
  const headers = new Map<string, string>();
  const telemetry = memoryTelemetry();
  const auditTrail = memoryAuditLog();
  const ports: RequestPorts = {
    appKek: through(before.appKek, kms.appKek()),
    bundles: through(before.bundles, memoryBundleStore()),
    keyRing: through<KeyRing>(before.keyRing, keyRing),
    apiTokens: through(before.apiTokens, memoryApiTokens(grants)),
    sts: through(before.sts, memoryStsIdentity(callers)),
    trustedRoles: through(before.trustedRoles, memoryTrustedRoles(settingsOfApps)),
    audit: through<AuditLog>(before.audit, auditTrail),
  };
  const rings = rememberedRings(ports.keyRing, clock);
  const identity = eitherIdentity(apiTokenIdentity(ports.apiTokens, clock), awsIdentity({ ...ports, clock }));
  const request = { ...ports, clock, telemetry, rings, identity };
  const ledger = memoryLedger();
  const rotateDeps: RotateDeps = {
    ...{ clock, keyRing, keyMaker: kms.keyMaker('rotate'), telemetry },
    ...{ stack: 'Daykey', ledger, signer: memoryReceiptSigner(), reaper: ports.bundles },
    canary: memoryCanary({ keyRing, appKek: kms.appKek() }),
  };
  const rotate = (name: string) => rotateOne(rotateDeps, name);
  const setUp = (name: string) =>
    configureApp({ keyRing, clock, rotate, wait: () => Promise.resolve() }, settingsOf(name));
  await setUp(app);

  const maxStoredBytes = options.maxStoredBytes ?? MAX_ANSWER_BYTES;
  const opening = { ...request, maxStoredBytes };
  const sealingFunction = serve(request, {
    ...{ encrypt: encryptAct(request), incoming: incomingAct(request), explain: explainAct(request) },
  });
  const openingFunction = serve(request, { decrypt: decryptAct(opening), outgoing: outgoingAct(opening) });
  const handlers = {
    ...{ encrypt: sealingFunction, incoming: sealingFunction, explain: sealingFunction },
    ...{ decrypt: openingFunction, outgoing: openingFunction },
    erase: serve(request, { erase: eraseAct({ ...request, eraser: ports.bundles, ledger }) }),
  } satisfies Record<Operation, unknown>;

  function authorizationOf(integration: string, ofApp = app): string {
    const name = `${ofApp}/${integration}`;
    const header = headers.get(name) ?? `Bearer ${newApiToken()}`;
    headers.set(name, header);
    const grant = { app: ofApp, integration, expiresAtS: secondsOf(nowMs) + TOKEN_LIFE_S };
    const hash = hashApiToken(header.slice('Bearer '.length));
    if (!grants.has(hash)) grants.set(hash, grant);
    return header;
  }

  function signedAs(arn: string, agoS = 0): string {
    const accessKeyId = `ASIA${hashApiToken(arn).slice(0, 16).toUpperCase()}`;
    callers.set(accessKeyId, arn);
    const date = new Date(nowMs - agoS * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    return formatAwsIdentity({ accessKeyId, date, sessionToken: 'a-token', signature: 'a'.repeat(64) });
  }

  async function rest(operation: Operation, event: unknown): Promise<RestResult> {
    const answer = await handlers[operation](event, contextOf('rest'));
    if (!('statusCode' in answer)) throw new Error('a REST call was answered like a direct one');
    const { statusCode: status, headers: sent = {}, body: text } = answer;
    const asText = Object.entries(sent).map(([name, value]) => [name, String(value)]);
    return { status, headers: Object.fromEntries(asText), text, body: JSON.parse(text) };
  }

  async function direct(operation: Operation, payload: unknown): Promise<DirectResult> {
    const answer = await handlers[operation](payload, contextOf('direct'));
    if ('statusCode' in answer) throw new Error('a direct call was answered like a REST one');
    return answer;
  }

  const call = (integration: string, operation: Operation, body: unknown) =>
    rest(operation, restEvent({ app, operation, authorization: authorizationOf(integration), body }));

  return {
    ...{ app, settings, clock, kms, keyRing, ports, telemetry, auditTrail, identity, rings, rotateDeps, ledger },
    ...{ authorizationOf, signedAs, rest, direct },
    nowS: () => secondsOf(nowMs),
    advance: (seconds) => {
      nowMs += seconds * 1000;
    },
    ring: async () => {
      const ring = await keyRing.read(app);
      if (!ring) throw new Error('the app has no ring');
      return ring;
    },
    rotate: () => rotate(app),
    addApp: setUp,
    revoke: (integration, ofApp = app) => {
      for (const [hash, grant] of grants) {
        if (grant.app === ofApp && grant.integration === integration) grants.delete(hash);
      }
      headers.delete(`${ofApp}/${integration}`);
    },
    call,
    encrypt: async (integration, fields, more = {}) =>
      bodyOf<EncryptResponse>(await call(integration, 'encrypt', { fields, ...more })),
    decrypt: async (integration, refs) => bodyOf<DecryptResponse>(await call(integration, 'decrypt', { refs })).values,
    callDirect: (integration, operation, body) =>
      direct(operation, directEvent({ app, operation, authorization: authorizationOf(integration), body })),
  };
}

function bodyOf<Body>({ status, text, body }: RestResult): Body {
  if (status !== 200) throw new Error(`the vault answered ${status}: ${text}`);
  return body as Body;
}

function through<Port>(put: ((real: Port) => Port) | undefined, real: Port): Port {
  return put ? put(real) : real;
}

/** A fixed instant, so that a test that fails today fails tomorrow. */
function anHourIntoASlot({ app, life }: AppSettings): number {
  return (regularSlotAt(app, life, Date.UTC(2027, 0, 15) / 1000) + Math.min(3600, Math.floor(life.cycleS / 2))) * 1000;
}
