// DynamoDB, KMS and STS as the request path needs them, in memory and strict: what is not known here is refused.

import { randomBytes } from 'node:crypto';
import { blobOf, openBlob } from '../../vault/memory/kms-blob.ts';
import type { AttributeValue, Item } from '../support/counting-aws.ts';

/** What comes back over the wire. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface AwsStub {
  /** Carries a call out. @param action as the wire names it: `DynamoDB.GetItem`, `KMS.Encrypt`, `STS.GetCallerIdentity`. */
  answer(action: string, input: Input): Answer;
  /** Every item of a table, in the wire's own form. */
  itemsOf(table: string): Item[];
}

// biome-ignore lint/suspicious/noExplicitAny: the JSON of two dozen request shapes; what is missing in one breaks its test.
type Input = Record<string, any>;
type Values = Readonly<Record<string, AttributeValue>>;

const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };

/** An account with one role, `callerArn`, that STS recognises by every signature. */
export function awsStub(callerArn: string): AwsStub {
  const tables = new Map<string, Map<string, Item>>();
  const material = randomBytes(32);

  const tableOf = (name: string): Map<string, Item> => {
    const table = tables.get(name) ?? new Map<string, Item>();
    tables.set(name, table);
    return table;
  };

  /** The item that a conditional write meets. @throws Refused when the condition does not hold. */
  function met(input: Input, key: Item): Item | undefined {
    const item = tableOf(input.TableName).get(nameOf(key));
    if (input.ConditionExpression !== undefined && !holds(spelled(input, input.ConditionExpression), item, input)) {
      const Item = input.ReturnValuesOnConditionCheckFailure === 'ALL_OLD' && item ? { Item: item } : {};
      throw new Refused('ConditionalCheckFailedException', Item);
    }
    return item;
  }

  const actions: Record<string, (input: Input) => object> = {
    'KMS.Encrypt': ({ KeyId, EncryptionContext, Plaintext }) => ({
      CiphertextBlob: blobOf(KeyId, material, EncryptionContext, bytesOf(Plaintext)).toString('base64'),
    }),
    'KMS.Decrypt'({ KeyId, EncryptionContext, CiphertextBlob }) {
      const plaintext = openBlob(KeyId, material, EncryptionContext, bytesOf(CiphertextBlob));
      if (plaintext === undefined) throw new Refused('InvalidCiphertextException');
      return { Plaintext: plaintext.toString('base64') };
    },
    'DynamoDB.GetItem'({ TableName, Key }) {
      const Item = tableOf(TableName).get(nameOf(Key));
      return Item ? { Item } : {};
    },
    'DynamoDB.BatchGetItem'({ RequestItems }) {
      const [[table, { Keys }]] = Object.entries<Input>(RequestItems) as [[string, Input]];
      const items = Keys.flatMap((key: Item) => tableOf(table).get(nameOf(key)) ?? []);
      return { Responses: { [table]: items }, UnprocessedKeys: {} };
    },
    'DynamoDB.Query'(input) {
      const [, partition = ''] = expected(/^pk = (:\w+)$/, input.KeyConditionExpression);
      const values: Values = input.ExpressionAttributeValues;
      const [, before] = input.FilterExpression ? expected(/^createdAt < (:\w+)$/, input.FilterExpression) : [];
      const Items = [...tableOf(input.TableName).values()]
        .filter(({ pk }) => pk?.S === values[partition]?.S)
        .filter(
          ({ createdAt }) => before === undefined || (createdAt && Number(createdAt.N) < Number(values[before]?.N)),
        );
      return { Items, Count: Items.length };
    },
    'DynamoDB.PutItem'(input) {
      met(input, input.Item);
      tableOf(input.TableName).set(nameOf(input.Item), input.Item);
      return {};
    },
    'DynamoDB.DeleteItem'(input) {
      const item = met(input, input.Key);
      tableOf(input.TableName).delete(nameOf(input.Key));
      return item ? { Attributes: item } : {};
    },
    'DynamoDB.UpdateItem'(input) {
      const item = structuredClone(met(input, input.Key) ?? input.Key);
      update(spelled(input, input.UpdateExpression), item, input.ExpressionAttributeValues);
      tableOf(input.TableName).set(nameOf(input.Key), item);
      return {};
    },
  };

  return {
    itemsOf: (table) => [...tableOf(table).values()],
    answer(action, input) {
      if (action === 'STS.GetCallerIdentity') {
        const result = `<GetCallerIdentityResult><Arn>${callerArn}</Arn></GetCallerIdentityResult>`;
        const body = Buffer.from(`<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`);
        return { status: 200, headers: { 'content-type': 'text/xml' }, body };
      }
      try {
        const act = actions[action];
        if (!act) throw new Refused('UnknownOperationException');
        return inJson(200, act(input));
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        return inJson(400, { __type: error.name, ...error.more });
      }
    },
  };
}

/** An answer in JSON, as DynamoDB and KMS give it. */
export function inJson(status: number, answer: object): Answer {
  return { status, headers: JSON_TYPE, body: Buffer.from(JSON.stringify(answer)) };
}

class Refused extends Error {
  override readonly name: string;
  readonly more: object;
  constructor(name: string, more: object = {}) {
    super(name);
    this.name = name;
    this.more = more;
  }
}

/** An expression with the names in the place of what stands for them. */
function spelled({ ExpressionAttributeNames: names = {} }: Input, expression: string): string {
  return expression.replace(/#\w+/g, (name) => names[name]);
}

function holds(condition: string, item: Item | undefined, { ExpressionAttributeValues: values = {} }: Input): boolean {
  const [, exists, path, measured, none] = expected(
    /^(?:(attribute_exists|attribute_not_exists)\(([\w.]+)\)|size\((\w+)\) = (:\w+))$/,
    condition,
  );
  if (measured === undefined) return (valueAt(item, path ?? '') !== undefined) === (exists === 'attribute_exists');
  return String(Object.keys(item?.[measured]?.M ?? {}).length) === values[none ?? '']?.N && item !== undefined;
}

function update(expression: string, item: Item, values: Values): void {
  const [, removed, added] = expected(/^(?:REMOVE ([\w.]+)|ADD ([\w, :]+))$/, expression);
  if (removed !== undefined) {
    const [map = '', member = ''] = removed.split('.');
    const members = item[map]?.M as Item | undefined;
    if (members) delete members[member];
  }
  for (const [name = '', value = ''] of added?.split(', ').map((each) => each.split(' ')) ?? []) {
    item[name] = { N: String(Number(item[name]?.N ?? 0) + Number(values[value]?.N)) };
  }
}

function valueAt(item: Item | undefined, path: string): unknown {
  const [name = '', member] = path.split('.');
  return member === undefined ? item?.[name] : (item?.[name]?.M as Item | undefined)?.[member];
}

function expected(shape: RegExp, text: string): RegExpExecArray {
  const found = shape.exec(text);
  if (!found) throw new Refused('ValidationException');
  return found;
}

function nameOf({ pk, sk }: Item): string {
  return `${pk?.S} ${sk?.S}`;
}

function bytesOf(base64: string): Buffer {
  return Buffer.from(base64, 'base64');
}
