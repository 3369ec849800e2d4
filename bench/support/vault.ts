// The functions of a vault in this process: the real operations and use cases, on the adapters that a bench measures.

import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { authorize } from '../../lambda/gateway/authorize.ts';
import { decryptFunction } from '../../vault/operations/decrypt-function.ts';
import { encryptFunction } from '../../vault/operations/encrypt-function.ts';
import { eraseFunction } from '../../vault/operations/erase-function.ts';
import { callFromHttp } from '../../vault/operations/http-call.ts';
import { respond } from '../../vault/operations/respond.ts';
import type { ApiTokens, TokenUses } from '../../vault/ports/api-tokens.ts';
import type { AppKek } from '../../vault/ports/app-kek.ts';
import type { AppSecrets } from '../../vault/ports/app-secrets.ts';
import type { AuditLog } from '../../vault/ports/audit-log.ts';
import type { BlobDownloads, BlobRemover, BlobUploads } from '../../vault/ports/blob-store.ts';
import type { BundleEraser, BundleStore } from '../../vault/ports/bundle-store.ts';
import type { Clock } from '../../vault/ports/clock.ts';
import type { KeyRing, KeySlots } from '../../vault/ports/key-ring.ts';
import type { TallyLedger } from '../../vault/ports/ledger.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import { notingTokenUse } from '../../vault/usecases/identity/note-token-use.ts';
import { apiTokenIdentity } from '../../vault/usecases/identity/verify-api-token.ts';
import { cachedRings } from '../../vault/usecases/rings.ts';
import type { DecryptResponse } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import type { EraseResponse } from '../../wire/erase.ts';
import { MAX_ANSWER_BYTES } from '../../wire/limits.ts';

/** What the functions need. */
export interface VaultPorts {
  readonly clock: Clock;
  readonly keyRing: KeyRing & KeySlots;
  readonly secrets: AppSecrets;
  readonly apiTokens: ApiTokens;
  readonly tokenUses: TokenUses;
  readonly appKek: AppKek;
  readonly bundles: BundleStore;
  readonly audit: AuditLog;
  readonly eraser: BundleEraser;
  readonly ledger: TallyLedger;
  readonly blobs: BlobUploads & BlobDownloads & BlobRemover;
}

/** Values by name. */
export type Fields = Readonly<Record<string, string>>;

/** Calls over HTTP, from headers and a body to the text of the answer. Each rejects with an Error for any answer but 200. */
export interface BenchVault {
  encrypt(app: string, fields: Fields, more?: { subject?: string }): Promise<Record<string, string>>;
  /** The values. @throws Error also when one of them is redacted. */
  decrypt(app: string, refs: Readonly<Record<string, string>>): Promise<Record<string, unknown>>;
  /** How many fields that was. */
  erase(app: string, body: { subject: string } | { refs: Readonly<Record<string, string>> }): Promise<number>;
  /** What API Gateway asks before it calls any of these; it remembers the answer for a minute. */
  authorize(app: string): Promise<void>;
}

/** Logs nothing: neither side of a comparison writes logs. */
export const SILENT: Telemetry = { count: () => {}, request: () => {}, note: () => {} };

/**
 * New instances of every function, with nothing remembered yet.
 *
 * @param authorizationOf the `Authorization` header of an app's caller.
 */
export function benchVault(ports: VaultPorts, authorizationOf: (app: string) => string): BenchVault {
  const instance = () => ({
    ...ports,
    blobUploads: ports.blobs,
    blobDownloads: ports.blobs,
    telemetry: SILENT,
    rings: cachedRings(ports.keyRing, ports.clock, { ...ports.keyRing, ...ports.secrets }),
    identity: apiTokenIdentity(ports.apiTokens, ports.clock),
  });
  const [sealing, opening, erasing] = [instance(), instance(), instance()];
  const identity = notingTokenUse(opening.identity, ports.tokenUses, ports.clock);
  const functions = {
    encrypt: { deps: sealing, handlers: encryptFunction(sealing) },
    decrypt: {
      deps: { ...opening, identity },
      handlers: decryptFunction({ ...opening, maxStoredBytes: MAX_ANSWER_BYTES }),
    },
    erase: { deps: erasing, handlers: eraseFunction(erasing) },
  };
  const authorizer = authorize(instance());
  let requests = 0;

  async function call(app: string, operation: keyof typeof functions, body: object): Promise<unknown> {
    requests += 1;
    const { deps, handlers } = functions[operation];
    const request = callFromHttp({
      // As long as Lambda's own.
      requestId: `00000000-0000-4000-8000-${String(requests).padStart(12, '0')}`,
      operation,
      app,
      headers: [
        ['Content-Type', ['application/json']],
        ['Authorization', [authorizationOf(app)]],
      ],
      body: JSON.stringify(body),
    });
    const { status, text } = await respond(deps, handlers, request);
    if (status !== 200) throw new Error(`${operation} was answered: ${text}`);
    return JSON.parse(text);
  }

  return {
    encrypt: async (app, fields, more = {}) =>
      ((await call(app, 'encrypt', { fields, ...more })) as EncryptResponse).refs,
    async decrypt(app, refs) {
      const { values } = (await call(app, 'decrypt', { refs })) as DecryptResponse;
      return Object.fromEntries(
        Object.entries(values).map(([name, field]) => {
          if (field.status !== 'ok') throw new Error(`${name} is redacted`);
          return [name, field.value];
        }),
      );
    },
    erase: async (app, body) => ((await call(app, 'erase', body)) as EraseResponse).erased,
    async authorize(app) {
      const methodArn = 'arn:aws:execute-api:eu-central-1:111122223333:api/vault/POST/v1/apps/any/encrypt';
      const event = { headers: { Authorization: authorizationOf(app) }, methodArn };
      const { policyDocument } = await authorizer(event as unknown as APIGatewayRequestAuthorizerEvent);
      if (policyDocument.Statement[0]?.Effect !== 'Allow') throw new Error('the authorizer refuses the caller');
    },
  };
}
