// The deployed vault as its callers see it, each way in, and as the emulator's root user sees what is behind it.

import { randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { inject } from 'vitest';
import { primaryKey, readBundle } from '../../lambda/dynamo/bundle-item.ts';
import { slotKey } from '../../lambda/dynamo/ring-key.ts';
import { readSlot } from '../../lambda/dynamo/ring-row.ts';
import { clientFor } from '../../local/emulator-client.ts';
import type { LocalIntegration } from '../../local/local-vault.ts';
import { wrapContext } from '../../vault/domain/envelope/context.ts';
import { bundleIdIn, parseRef } from '../../vault/domain/envelope/ref.ts';
import { bucketAt } from '../../vault/domain/kek-life/bucket.ts';
import type { DecryptResponse } from '../../wire/decrypt.ts';
import type { EncryptResponse } from '../../wire/encrypt.ts';
import { present } from './envelope.ts';

/** An answer over REST, its body as text too: some claims are about bytes. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: unknown;
}

export interface Request {
  readonly path: string;
  readonly body?: string | object;
  readonly authorization?: string | undefined;
  readonly contentType?: string;
  readonly method?: string;
}

export type Item = Record<string, unknown>;

/** One request over REST; a string goes out as it is. */
export async function rest({ path, body = '', authorization, contentType, method = 'POST' }: Request): Promise<Reply> {
  const response = await fetch(`${inject('vault').url}${path}`, {
    method,
    headers: {
      'Content-Type': contentType ?? 'application/json',
      ...(authorization === undefined ? {} : { Authorization: authorization }),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) };
}

/** An operation as one of the integrations in `local/settings.ts`, by default on its own app. */
export async function ask(
  integration: string,
  operation: string,
  body: string | object,
  { app = integrationNamed(integration).app, contentType = 'application/json' } = {},
): Promise<Reply> {
  return rest({ path: `/v1/apps/${app}/${operation}`, body, contentType, authorization: bearerOf(integration) });
}

/** Seals fields and expects it to work. */
export async function sealed(
  fields: Record<string, unknown>,
  options: { ttlSeconds?: number; notAfter?: string; subject?: string } = {},
  integration = 'web',
): Promise<EncryptResponse> {
  const { status, body, text } = await ask(integration, 'encrypt', { fields, ...options });
  if (status !== 200) throw new Error(`sealing was answered ${status}: ${text}`);
  return body as EncryptResponse;
}

/** The token of one sealed value. */
export async function aToken(value: unknown = 'maya@example.org', integration = 'web'): Promise<string> {
  return present((await sealed({ value }, {}, integration)).refs.value);
}

/** Opens refs and expects an answer. */
export async function opened(
  refs: Readonly<Record<string, string>>,
  integration = 'desk',
): Promise<DecryptResponse['values']> {
  const { status, body, text } = await ask(integration, 'decrypt', { refs });
  if (status !== 200) throw new Error(`opening was answered ${status}: ${text}`);
  return (body as DecryptResponse).values;
}

export function integrationNamed(name: string): LocalIntegration {
  return present(inject('vault').integrations[name]);
}

export function bearerOf(integration: string): string {
  return `Bearer ${present(integrationNamed(integration).token)}`;
}

/** What a Lambda function answered root, on one alias. */
export async function invoked(operation: string, alias: string, event: unknown) {
  const direct = present(inject('vault').functions[operation]);
  const { FunctionError, Payload } = await new LambdaClient(clientFor(inject('endpoint'))).send(
    new InvokeCommand({ FunctionName: direct.replace(/:direct$/, `:${alias}`), Payload: JSON.stringify(event) }),
  );
  const text = Buffer.from(Payload ?? []).toString('utf8');
  return { failed: FunctionError !== undefined, text, body: JSON.parse(text) as unknown };
}

/** The tables, as root. */
export function documents(): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient(clientFor(inject('endpoint'))), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

/** The stored item behind a token, and a way to put another in its place. */
export async function storedBehind(token: string, app = 'shop', tables = inject('vault').tables) {
  const { refId, expiresAtS } = present(parseRef(token));
  const Key = primaryKey({ app, expiresAtS, id: bundleIdIn(refId) });
  const TableName = tables.vault;
  const { Item } = await documents().send(new GetCommand({ TableName, Key, ConsistentRead: true }));
  return {
    item: present<Item>(Item),
    /** Overwrites attributes; `undefined` takes one away. */
    replace: async (changes: Item): Promise<void> => {
      await documents().send(new PutCommand({ TableName, Item: { ...Item, ...changes } }));
    },
  };
}

/** What the decrypt function would ask KMS for a ref, and what it would find, all read as root. */
export async function questionBehind(text: string, app = 'shop', tables = inject('vault').tables) {
  const { item } = await storedBehind(text, app, tables);
  const bundle = present(readBundle(item));
  const Key = slotKey({ app }, bundle.slot);
  const { Item: row } = await documents().send(new GetCommand({ TableName: tables.ring, Key }));
  const slot = present(readSlot(present<Item>(row)));
  const bucket = present(bucketAt(slot, bundle.expiresAtS));
  return {
    item,
    bundle,
    slot,
    question: {
      KeyId: present(slot.keyArn),
      CiphertextBlob: bundle.wrapped,
      EncryptionContext: wrapContext(app, slot, bundle.id, bucket),
    },
  };
}

/** A name that no other test uses. */
export function unique(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
