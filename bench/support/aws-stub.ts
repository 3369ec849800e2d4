// KMS and DynamoDB behind the real SDK clients: answers without a network, and counts requests, bytes and billed units.

import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KMSClientConfig } from '@aws-sdk/client-kms';
import { cpuNs } from './rounds.ts';
import { type Item, itemBytes, readUnits, stubTable, type Table, writeUnits } from './stub-table.ts';

/** One request as it would go over the network. */
export interface AwsCall {
  /** `KMS.Encrypt`, `DynamoDB.PutItem`, … */
  readonly operation: string;
  /** Bodies of request and answer, without headers. */
  readonly wireBytes: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

export interface AwsStub {
  /** What an SDK client is made with so that it talks to nobody else. */
  readonly config: Pick<KMSClientConfig, 'region' | 'credentials' | 'requestHandler' | 'maxAttempts'>;
  /** The calls since this was last asked. */
  take(): AwsCall[];
  table(name: string): Table;
  /** CPU time of this process that went into answering, in nanoseconds: no client's work. */
  answeringNs(): number;
}

/** What KMS adds to a plaintext: a data key of 32 bytes comes back as 184 (AWS KMS API reference, GenerateDataKey). */
const KMS_OVERHEAD_BYTES = 152;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const SERVICES: Record<string, string> = { TrentService: 'KMS', DynamoDB_20120810: 'DynamoDB' };

type Input = Record<string, unknown>;
/** An answer, and what DynamoDB bills for it. */
type Answer = { body: object; read?: number; write?: number };

/** An account with no tables yet, and with every KMS key that anybody asks for. */
export function awsStub(): AwsStub {
  const tables = new Map<string, Table>();
  const material = randomBytes(32);
  let calls: AwsCall[] = [];
  let answeringNs = 0;

  const table = (name: unknown): Table => {
    const found = tables.get(String(name)) ?? stubTable();
    tables.set(String(name), found);
    return found;
  };

  const answers: Record<string, (input: Input) => Answer> = {
    'KMS.Encrypt': (input) => ({ body: { CiphertextBlob: wrap(material, bytesOf(input.Plaintext), input) } }),
    'KMS.Decrypt': (input) => ({ body: { KeyId: input.KeyId, Plaintext: unwrap(material, input) } }),
    'KMS.GenerateDataKey': (input) => {
      const key = randomBytes(Number(input.NumberOfBytes));
      const body = {
        KeyId: input.KeyId,
        Plaintext: key.toString('base64'),
        CiphertextBlob: wrap(material, key, input),
      };
      return { body };
    },
    'DynamoDB.PutItem': ({ TableName, Item }) => ({ body: {}, write: table(TableName).put(Item as Item) }),
    'DynamoDB.BatchWriteItem': ({ RequestItems }) => {
      const puts = Object.entries(RequestItems as Record<string, { PutRequest: { Item: Item } }[]>);
      const write = puts.flatMap(([name, requests]) => requests.map((each) => table(name).put(each.PutRequest.Item)));
      return { body: { UnprocessedItems: {} }, write: sum(write) };
    },
    'DynamoDB.GetItem': ({ TableName, Key, ConsistentRead }) => {
      const Item = table(TableName).get(Key as Item);
      return { body: Item ? { Item } : {}, read: readUnits(Item ? itemBytes(Item) : 0, ConsistentRead) };
    },
    'DynamoDB.BatchGetItem': ({ RequestItems }) => {
      const Responses: Record<string, Item[]> = {};
      let read = 0;
      for (const [name, { Keys, ConsistentRead }] of Object.entries(RequestItems as Record<string, BatchGet>)) {
        const found = Keys.map((key) => table(name).get(key));
        // Each item is rounded up by itself, and one that is not there costs as much as the smallest.
        read += sum(found.map((item) => readUnits(item ? itemBytes(item) : 0, ConsistentRead)));
        Responses[name] = found.filter((item) => item !== undefined);
      }
      return { body: { Responses, UnprocessedKeys: {} }, read };
    },
    'DynamoDB.Query': (input) => {
      const page = table(input.TableName).query(input);
      return { body: page, read: readUnits(sum(page.Items.map(itemBytes)), input.ConsistentRead) };
    },
    'DynamoDB.Scan': (input) => {
      const page = table(input.TableName).scan(input.ExclusiveStartKey as Item | undefined);
      return { body: page, read: readUnits(sum(page.Items.map(itemBytes)), input.ConsistentRead) };
    },
    'DynamoDB.DeleteItem': ({ TableName, Key }) => {
      const { Attributes, write } = table(TableName).remove(Key as Item);
      return { body: Attributes ? { Attributes } : {}, write };
    },
    // The one update here is the ledger's `ADD`, whose row is its key and its counts.
    'DynamoDB.UpdateItem': ({ Key, ExpressionAttributeValues }) => ({
      body: {},
      write: writeUnits(itemBytes({ ...(Key as Item), ...(ExpressionAttributeValues as Item) })),
    }),
  };

  function answer(headers: Record<string, string>, sent: Uint8Array): Buffer {
    const [service = '', name] = (headers['x-amz-target'] ?? '').split('.');
    const operation = `${SERVICES[service]}.${name}`;
    const respond = answers[operation];
    if (!respond) throw new Error(`nothing answers ${operation}`);
    const { body, read = 0, write = 0 } = respond(JSON.parse(new TextDecoder().decode(sent)) as Input);
    const answered = Buffer.from(JSON.stringify(body));
    calls.push({ operation, wireBytes: sent.length + answered.length, readUnits: read, writeUnits: write });
    return answered;
  }

  return {
    table,
    answeringNs: () => answeringNs,
    take: () => {
      const taken = calls;
      calls = [];
      return taken;
    },
    config: {
      ...{ region: 'eu-central-1', credentials: { accessKeyId: 'nobody', secretAccessKey: 'nobody' }, maxAttempts: 1 },
      requestHandler: {
        async handle({ headers, body }: { headers: Record<string, string>; body: Uint8Array | string }) {
          const startedNs = cpuNs();
          const answered = answer(headers, typeof body === 'string' ? Buffer.from(body) : body);
          answeringNs += cpuNs() - startedNs;
          const type = { 'content-type': headers['content-type'] ?? '' };
          return { response: { statusCode: 200, headers: type, body: answered } };
        },
      },
    },
  };
}

interface BatchGet {
  readonly Keys: readonly Item[];
  readonly ConsistentRead?: boolean;
}

/** AES-GCM with key and context as associated data, in as many bytes as KMS takes. */
function wrap(material: Buffer, plaintext: Buffer, input: Input): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', material, nonce, { authTagLength: TAG_BYTES }).setAAD(contextOf(input));
  const sealed = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  const rest = Buffer.alloc(KMS_OVERHEAD_BYTES - NONCE_BYTES - TAG_BYTES);
  return Buffer.concat([rest, nonce, cipher.getAuthTag(), sealed]).toString('base64');
}

function unwrap(material: Buffer, input: Input): string {
  const blob = bytesOf(input.CiphertextBlob).subarray(KMS_OVERHEAD_BYTES - NONCE_BYTES - TAG_BYTES);
  const [nonce, tag] = [blob.subarray(0, NONCE_BYTES), blob.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES)];
  const decipher = createDecipheriv('aes-256-gcm', material, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(contextOf(input)).setAuthTag(tag);
  const sealed = blob.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(sealed), decipher.final()]).toString('base64');
}

function contextOf({ KeyId, EncryptionContext }: Input): Buffer {
  const pairs = Object.entries((EncryptionContext ?? {}) as Record<string, string>);
  return Buffer.from(JSON.stringify([KeyId, pairs.sort(([a], [b]) => (a < b ? -1 : 1))]));
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
