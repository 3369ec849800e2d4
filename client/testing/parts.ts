// The parts of a vault in memory: the real operations and use cases on the memory adapters.

import { hashApiToken, newApiToken } from '../../vault/domain/api-token.ts';
import type { AppRecord } from '../../vault/domain/app-record.ts';
import type { AppSettings } from '../../vault/domain/settings.ts';
import { memoryApiTokens } from '../../vault/memory/api-tokens.ts';
import { memoryAppRegister } from '../../vault/memory/app-register.ts';
import { memoryAppSecrets } from '../../vault/memory/app-secrets.ts';
import { memoryAppViewers } from '../../vault/memory/app-viewers.ts';
import { memoryAuditLog } from '../../vault/memory/audit-log.ts';
import { memoryBlobStore } from '../../vault/memory/blob-store.ts';
import { memoryBundleStore } from '../../vault/memory/bundle-store.ts';
import { memoryEntryLog, memoryLogKey } from '../../vault/memory/console.ts';
import { memoryKeyRing } from '../../vault/memory/key-ring.ts';
import { type MemoryKmsOptions, memoryKms } from '../../vault/memory/kms.ts';
import { memoryLedger } from '../../vault/memory/ledger.ts';
import { memoryReceiptSigner } from '../../vault/memory/receipt-signer.ts';
import { memoryStsIdentity } from '../../vault/memory/sts-identity.ts';
import { memoryTelemetry } from '../../vault/memory/telemetry.ts';
import { memoryTrustedRoles } from '../../vault/memory/trusted-roles.ts';
import type { Answer } from '../../vault/operations/answer.ts';
import type { Call } from '../../vault/operations/call.ts';
import { decryptFunction } from '../../vault/operations/decrypt-function.ts';
import { encryptFunction } from '../../vault/operations/encrypt-function.ts';
import { eraseFunction } from '../../vault/operations/erase-function.ts';
import type { Handler, Handlers } from '../../vault/operations/handler.ts';
import { respond } from '../../vault/operations/respond.ts';
import type { ApiTokenGrant, ApiTokens } from '../../vault/ports/api-tokens.ts';
import type { AppKek } from '../../vault/ports/app-kek.ts';
import type { AuditLog } from '../../vault/ports/audit-log.ts';
import type { BlobDownloads, BlobRemover, BlobUploads } from '../../vault/ports/blob-store.ts';
import type { BundleEraser, BundleReaper, BundleStore } from '../../vault/ports/bundle-store.ts';
import { type Clock, secondsOf } from '../../vault/ports/clock.ts';
import type { KeyRing } from '../../vault/ports/key-ring.ts';
import type { StsIdentity } from '../../vault/ports/sts-identity.ts';
import type { TrustedRoles } from '../../vault/ports/trusted-roles.ts';
import { withAppHalves } from '../../vault/usecases/app-halves.ts';
import { endAppAtOnce, setUpApp } from '../../vault/usecases/apps/one-app.ts';
import { eitherIdentity } from '../../vault/usecases/identity/either-identity.ts';
import { apiTokenIdentity } from '../../vault/usecases/identity/verify-api-token.ts';
import { awsIdentity } from '../../vault/usecases/identity/verify-aws-identity.ts';
import { type RotateDeps, rotateOne } from '../../vault/usecases/keys/rotate.ts';
import { cachedRings } from '../../vault/usecases/rings.ts';
import type { SweepDeps } from '../../vault/usecases/sweep.ts';
import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';
import type { FunctionName } from '../../wire/operations.ts';
import { blobPort } from './blob-port.ts';
import { memoryCanary } from './canary.ts';

/** The ports of the request path. A test may wrap each of them. */
export interface RequestPorts {
  readonly appKek: AppKek;
  readonly bundles: BundleStore & BundleReaper & BundleEraser;
  /** The ring as the request path reads it. The rotator always has the real one. */
  readonly keyRing: KeyRing;
  readonly apiTokens: ApiTokens;
  readonly sts: StsIdentity;
  readonly trustedRoles: TrustedRoles;
  readonly audit: AuditLog;
  readonly blobs: BlobUploads & BlobDownloads & BlobRemover;
}

/** How a vault in memory may differ from a deployed one. */
export interface PartsOptions {
  /** When the vault begins, in milliseconds since 1970. */
  readonly startsAtMs: number;
  /** Wraps ports: gets the real one and returns the one to use. */
  readonly before?: { readonly [Port in keyof RequestPorts]?: (real: RequestPorts[Port]) => RequestPorts[Port] };
  /** Wraps the handler of every operation. */
  readonly around?: (real: Handler) => Handler;
  /** How many bytes of stored fields one decrypt may open. @default as deployed */
  readonly maxStoredBytes?: number;
  readonly kms?: Partial<Omit<MemoryKmsOptions, 'clock'>>;
}

/** A vault without apps. Its clock stands still, and nothing runs on a schedule. */
export type Parts = ReturnType<typeof memoryParts>;

// Longer than any test advances the clock.
const TOKEN_LIFE_S = 100 * 365 * 24 * 3600;

/** The parts, put together as the entry points of the functions do. */
export function memoryParts(options: PartsOptions) {
  const { before = {}, around = (real) => real, maxStoredBytes = MAX_ANSWER_BYTES } = options;
  let nowMs = options.startsAtMs;
  const clock: Clock = () => nowMs;

  const records = new Map<string, AppRecord>();
  /** Grants by the hash of their tokens. */
  const grants = new Map<string, ApiTokenGrant>();
  /** ARNs of the callers that STS knows, by access key ID. */
  const callers = new Map<string, string>();
  const kms = memoryKms({ clock, ...options.kms });
  const secrets = memoryAppSecrets();
  const keyRing = memoryKeyRing(records, secrets);
  const telemetry = memoryTelemetry();
  const auditTrail = memoryAuditLog();
  const ledger = memoryLedger();
  const blobOrigin = blobPort((request) => blobStore.serve(request));
  const blobStore = memoryBlobStore(clock, blobOrigin);
  const ports: RequestPorts = {
    appKek: wrappedPort(before.appKek, kms.appKek()),
    bundles: wrappedPort(before.bundles, memoryBundleStore()),
    keyRing: wrappedPort<KeyRing>(before.keyRing, keyRing),
    apiTokens: wrappedPort(before.apiTokens, memoryApiTokens(grants)),
    sts: wrappedPort(before.sts, memoryStsIdentity(callers)),
    trustedRoles: wrappedPort(before.trustedRoles, memoryTrustedRoles(records)),
    audit: wrappedPort<AuditLog>(before.audit, auditTrail),
    blobs: wrappedPort<RequestPorts['blobs']>(before.blobs, blobStore),
  };

  const rings = cachedRings(ports.keyRing, clock, { ...keyRing, ...secrets });
  const identity = eitherIdentity(apiTokenIdentity(ports.apiTokens, clock), awsIdentity({ ...ports, clock }));
  const blobs = { blobUploads: ports.blobs, blobDownloads: ports.blobs };
  const entryLog = memoryEntryLog();
  const logKey = memoryLogKey();
  const request = {
    ...ports,
    appKek: withAppHalves(ports.appKek),
    ...blobs,
    clock,
    telemetry,
    rings,
    identity,
    maxStoredBytes,
    entryLog: { log: entryLog, key: logKey },
  };
  const rotateDeps: RotateDeps = {
    clock,
    keyRing,
    telemetry,
    ledger,
    stack: 'Daykey',
    reaper: ports.bundles,
    keyMaker: kms.keyMaker('rotate'),
    signer: memoryReceiptSigner(),
    canary: memoryCanary({ keyRing, appKek: kms.appKek() }),
  };
  const sweepDeps: SweepDeps = { clock, telemetry, ledger, reaper: ports.bundles, blobs: ports.blobs };

  const wrapped = (handlers: Handlers): Handlers =>
    Object.fromEntries(Object.entries(handlers).map(([operation, handler]) => [operation, around(handler)]));
  const functions: Record<FunctionName, Handlers> = {
    encrypt: wrapped(encryptFunction(request)),
    decrypt: wrapped(decryptFunction(request)),
    erase: wrapped(eraseFunction({ ...request, eraser: ports.bundles, ledger, loggedEntries: entryLog })),
  };
  const everyHandler: Handlers = { ...functions.encrypt, ...functions.decrypt, ...functions.erase };

  const rotate = (app: string) => rotateOne(rotateDeps, app);
  const register = memoryAppRegister(records);
  const atOnce = { wait: () => Promise.resolve() };
  const removeContent = (app: string) =>
    Promise.all([ports.blobs.removeAll(app), entryLog.eraseApp(app), secrets.removeSecret(app)]);
  const endDeps = { ...rotateDeps, ...atOnce, keyMaker: kms.keyMaker('retire'), removeContent };
  return {
    clock,
    kms,
    keyRing,
    secrets,
    telemetry,
    auditTrail,
    ledger,
    viewers: memoryAppViewers(records),
    blobStore,
    /** Where the store of blobs listens: starts it once. */
    blobOrigin,
    entryLog,
    logKey,
    ports,
    rings,
    identity,
    request,
    rotateDeps,
    endDeps,
    register,
    sweepDeps,
    grants,
    callers,
    functions,
    rotate,
    /** Answers a call of any operation. Never rejects. */
    respond: (call: Call): Promise<Answer> => respond(request, everyHandler, call),
    /** Sets the clock, forwards or back. Nothing runs on a schedule. */
    setTime(instantMs: number): void {
      nowMs = instantMs;
    },
    /** Sets up an app as a deployment does: stores its settings and makes its first key. */
    setUp: async (app: AppSettings): Promise<void> => {
      await setUpApp({ ...atOnce, keyRing, clock, rotate }, app);
    },
    /** Retires an app as a deployment does: its keys end, and its blobs and its entries in the log go. */
    retire: async (app: string): Promise<void> => {
      await endAppAtOnce(endDeps, app);
    },
    /** Issues an API token. Returns the `Authorization` header that carries it. */
    issueToken(app: string, integration: string, token = newApiToken()): string {
      // A row holds text, even for an integration that has the name of a member of every object.
      const generation = String(records.get(app)?.generations[integration] ?? '');
      grants.set(hashApiToken(token), { app, integration, generation, expiresAtS: secondsOf(nowMs) + TOKEN_LIFE_S });
      return `Bearer ${token}`;
    },
  };
}

function wrappedPort<Port>(wrap: ((real: Port) => Port) | undefined, real: Port): Port {
  return wrap ? wrap(real) : real;
}
