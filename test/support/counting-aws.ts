// AWS behind the real SDK clients: an HTTP handler that answers as KMS and DynamoDB do, and counts what it is asked.

import type { KMSClientConfig } from '@aws-sdk/client-kms';

/** One call as it would go over the network. */
export interface AwsCall {
  /** `KMS.Encrypt`, `DynamoDB.PutItem`, … */
  readonly operation: string;
  readonly input: Record<string, unknown>;
}

/** What an SDK client is made with so that it talks to nobody else. */
export type AwsClientConfig = Pick<KMSClientConfig, 'region' | 'credentials' | 'requestHandler' | 'maxAttempts'>;

export interface CountingAws {
  readonly config: AwsClientConfig;
  readonly calls: AwsCall[];
  /** How often each operation was called, those that were. */
  counts(): Record<string, number>;
  /** Items in the wire's own form, by table. */
  readonly tables: Map<string, Item[]>;
}

/** An attribute value as DynamoDB's JSON writes it: `{ "S": "text" }`, `{ "B": "base64" }`, … */
export type AttributeValue = { readonly [type: string]: unknown };
export type Item = Record<string, AttributeValue>;

/** What KMS adds to a plaintext: a data key of 32 bytes comes back as 184 (AWS KMS API reference, GenerateDataKey). */
export const KMS_OVERHEAD_BYTES = 152;

const SERVICES: Record<string, string> = { TrentService: 'KMS', DynamoDB_20120810: 'DynamoDB' };

/** KMS with keys that only pass bytes through, and DynamoDB with as much of its API as the request path uses. */
export function countingAws(): CountingAws {
  const calls: AwsCall[] = [];
  const tables = new Map<string, Item[]>();
  const itemsOf = (table: unknown) => tables.get(String(table)) ?? [];

  const answers: Record<string, (input: Record<string, unknown>) => object> = {
    'KMS.Encrypt': ({ Plaintext }) => ({
      CiphertextBlob: Buffer.concat([Buffer.alloc(KMS_OVERHEAD_BYTES), bytesOf(Plaintext)]).toString('base64'),
    }),
    'KMS.Decrypt': ({ CiphertextBlob }) => ({
      Plaintext: bytesOf(CiphertextBlob).subarray(KMS_OVERHEAD_BYTES).toString('base64'),
    }),
    'DynamoDB.PutItem': ({ TableName, Item }) => {
      tables.set(String(TableName), [...itemsOf(TableName), Item as Item]);
      return {};
    },
    'DynamoDB.GetItem': ({ TableName, Key }) => {
      const Item = itemsOf(TableName).find((item) => isAt(item, Key as Item));
      return Item ? { Item } : {};
    },
    'DynamoDB.BatchGetItem': ({ RequestItems }) => ({
      Responses: Object.fromEntries(
        Object.entries(RequestItems as Record<string, { Keys: Item[] }>).map(([table, { Keys }]) => [
          table,
          Keys.flatMap((key) => itemsOf(table).filter((item) => isAt(item, key))),
        ]),
      ),
      UnprocessedKeys: {},
    }),
    // Of every Query on the request path the one value is the partition.
    'DynamoDB.Query': ({ TableName, ExpressionAttributeValues }) => {
      const [partition] = Object.values(ExpressionAttributeValues as Item);
      const Items = itemsOf(TableName).filter(({ pk }) => pk?.S === partition?.S);
      return { Items, Count: Items.length };
    },
  };

  return {
    calls,
    tables,
    counts: () => {
      const counts: Record<string, number> = {};
      for (const { operation } of calls) counts[operation] = (counts[operation] ?? 0) + 1;
      return counts;
    },
    config: {
      ...{ region: 'eu-central-1', credentials: { accessKeyId: 'nobody', secretAccessKey: 'nobody' }, maxAttempts: 1 },
      requestHandler: {
        async handle({ headers, body }: { headers: Record<string, string>; body: Uint8Array }) {
          const [service = '', name] = (headers['x-amz-target'] ?? '').split('.');
          const operation = `${SERVICES[service]}.${name}`;
          const input = JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>;
          calls.push({ operation, input });
          const answer = answers[operation];
          if (!answer) throw new Error(`nothing answers ${operation}`);
          const response = { 'content-type': headers['content-type'] ?? '' };
          return { response: { statusCode: 200, headers: response, body: Buffer.from(JSON.stringify(answer(input))) } };
        },
      },
    },
  };
}

/** Bytes of an item as DynamoDB counts them (developer guide, "DynamoDB item sizes and formats"). */
export function itemBytes(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0);
}

function valueBytes(value: AttributeValue): number {
  if (typeof value.S === 'string') return Buffer.byteLength(value.S);
  if (typeof value.B === 'string') return bytesOf(value.B).length;
  // One byte for two digits, and one more.
  if (typeof value.N === 'string') return Math.ceil(value.N.length / 2) + 1;
  if (typeof value.M === 'object' && value.M !== null) {
    const members = value.M as Item;
    // Three bytes for the map and one for each member.
    return 3 + Object.keys(members).length + itemBytes(members);
  }
  throw new Error(`no size is known of ${Object.keys(value)}`);
}

function isAt(item: Item, key: Item): boolean {
  return item.pk?.S === key.pk?.S && item.sk?.S === key.sk?.S;
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}
