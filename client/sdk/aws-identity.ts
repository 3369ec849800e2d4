// Who an AWS role is, proven to one vault: a request to STS, signed and never sent by us.

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { callerIdentityRequest, formatAwsIdentity, REUSE_SECONDS, SIGNED_HEADERS } from '../../wire/aws-identity.ts';

/** Credentials of a role, as every provider of the AWS SDK gives them. */
export interface RoleCredentials {
  /** Sent along, and no secret. */
  readonly accessKeyId: string;
  /** Signs, and is sent to nobody. */
  readonly secretAccessKey: string;
  /** Sent along. Without one they are not a role's, and refused. */
  readonly sessionToken?: string;
  /** When they end. No header outlives them. */
  readonly expiration?: Date;
}

/** Which role asks, and which vault. */
export interface AwsIdentityOptions {
  /** The stack's output `Audience`: `daykey:{account}:{region}:{stack}`. */
  readonly audience: string;
  /** The vault's Region, wherever the caller runs. */
  readonly region: string;
  /** Credentials of a role, or a provider of the AWS SDK that gives them; it is asked for each new header. */
  readonly credentials: RoleCredentials | (() => Promise<RoleCredentials>);
  /** What AWS's host names end in. @default amazonaws.com, in China amazonaws.com.cn */
  readonly dnsSuffix?: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

interface Header {
  readonly value: string;
  readonly usableUntilMs: number;
}

/**
 * Gives the `Authorization` header of a role: the same one for five minutes, and never beyond the end of its
 * credentials. Whoever sees it can be this role to this vault until then, and to nobody else: log it nowhere.
 *
 * @throws Error, from the function that it gives, when the credentials are not those of a role.
 */
export function awsIdentity(options: AwsIdentityOptions): () => Promise<string> {
  const { clock = Date.now } = options;
  let current: Promise<Header> | undefined;
  return async () => {
    const before = current;
    const known = await before?.catch(() => undefined);
    if (known && clock() < known.usableUntilMs) return known.value;
    // Of all who waited, the first signs for the others.
    if (current === undefined || current === before) current = sign(options, clock());
    return (await current).value;
  };
}

async function sign(options: AwsIdentityOptions, nowMs: number): Promise<Header> {
  const { region, credentials: source } = options;
  const credentials = typeof source === 'function' ? await source() : source;
  const { accessKeyId, sessionToken, expiration } = credentials;
  if (sessionToken === undefined) {
    throw new Error('the credentials have no session token: a vault takes roles alone, so assume one');
  }
  const place = { ...options, dnsSuffix: options.dnsSuffix ?? dnsSuffixOf(region) };
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const { method, host, path, headers, body } = callerIdentityRequest(place, { date, sessionToken });
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: NodeSha256, applyChecksum: false });
  const request = { method, protocol: 'https:', hostname: host, path, query: {}, headers: { ...headers }, body };
  const signed = await signer.sign(request, { signingDate: new Date(nowMs) });
  const [, list, signature] = / SignedHeaders=([^,]+), Signature=(\w+)$/.exec(signed.headers.authorization ?? '') ?? [];
  if (list !== SIGNED_HEADERS || signature === undefined) throw new Error('the signer signed other headers than asked');
  return {
    value: formatAwsIdentity({ accessKeyId, date, sessionToken, signature }),
    usableUntilMs: Math.min(nowMs + REUSE_SECONDS * 1000, expiration?.getTime() ?? Number.POSITIVE_INFINITY),
  };
}

function dnsSuffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** SHA-256, and HMAC with it when there is a secret, as the signer wants them. */
class NodeSha256 {
  readonly #secret: Bytes | undefined;
  #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;

  constructor(secret?: Bytes) {
    this.#secret = secret;
    this.#hash = this.#begin();
  }

  update(data: Bytes): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin() {
    return this.#secret === undefined ? createHash('sha256') : createHmac('sha256', bytesOf(this.#secret));
  }
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

function bytesOf(data: Bytes): Uint8Array | string {
  if (typeof data === 'string') return data;
  return ArrayBuffer.isView(data)
    ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    : new Uint8Array(data);
}
