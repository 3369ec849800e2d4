// What the fake of AWS sends back: an answer, or a refusal under the name that AWS gives it.

/** A response over the network. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The JSON of a request. */
// biome-ignore lint/suspicious/noExplicitAny: two dozen request shapes; a wrong member fails the test that sends it.
export type Input = Readonly<Record<string, any>>;

/** Thrown by an action that AWS would refuse. */
export class Refusal extends Error {
  override readonly name: string;
  /** What else stands in the answer, such as the `Item` of a failed condition. */
  readonly more: object;
  /** What DynamoDB bills for it. */
  readonly units: { readonly writeUnits?: number };

  constructor(name: string, message: string, more: object = {}, units: Refusal['units'] = {}) {
    super(message);
    this.name = name;
    this.more = more;
    this.units = units;
  }
}

/** The refusal that DynamoDB and KMS give to a request that they cannot read. */
export function invalid(message: string): Refusal {
  return new Refusal('ValidationException', message);
}

/** An answer in JSON, as DynamoDB and KMS give it. */
export function jsonAnswer(status: number, body: unknown): Answer {
  return { status, headers: { 'content-type': 'application/x-amz-json-1.0' }, body: Buffer.from(JSON.stringify(body)) };
}

/** An exception of DynamoDB or KMS. */
export function exception(name: string, status = 400, message = 'made up by the test'): Answer {
  return jsonAnswer(status, { __type: name, message });
}

/** An answer in XML, as STS gives it. */
export function xmlAnswer(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
}

/**
 * Fails for members that the fake does not implement: ignoring one would make a test pass for the wrong reason.
 *
 * @throws Error, which no adapter takes for an answer of AWS.
 */
export function expectOnly(operation: string, input: Input, known: readonly string[]): void {
  const unknown = Object.keys(input).filter((name) => input[name] !== undefined && !known.includes(name));
  if (unknown.length > 0) throw new Error(`the fake of AWS does not implement ${unknown.join(', ')} of ${operation}`);
}

export function bytesOf(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}
