// Proves an AWS role to one vault: signs a request to STS that the vault sends.

import { createHash, createHmac } from 'node:crypto';
import { SignatureV4 } from '@smithy/signature-v4';
import { callerIdentityRequest, formatAwsIdentity, REUSE_SECONDS, SIGNED_HEADERS } from '../../wire/aws-identity.ts';

/** Credentials of a role, as the providers of the AWS SDK give them. */
export interface RoleCredentials {
  /** Sent to the vault; it is not secret. */
  readonly accessKeyId: string;
  /** Signs the request and is never sent. */
  readonly secretAccessKey: string;
  /** Sent to the vault. Credentials without one are not those of a role, and are refused. */
  readonly sessionToken?: string;
  /** When the credentials end. No header is reused after that. */
  readonly expiration?: Date;
}

/** Which role calls, and which vault. */
export interface AwsIdentityOptions {
  /** The stack's output `Audience`: `daykey:{account}:{region}:{stack}`. */
  readonly audience: string;
  /** The vault's Region, even if the caller runs in another one. */
  readonly region: string;
  /** Credentials of a role, or a provider of them, which is called for each new header. */
  readonly credentials: RoleCredentials | (() => Promise<RoleCredentials>);
  /** The end of AWS's host names. @default amazonaws.com, and amazonaws.com.cn in China */
  readonly dnsSuffix?: string;
  /** The time in milliseconds since 1970. @default Date.now */
  readonly clock?: () => number;
}

interface Header {
  readonly value: string;
  readonly usableUntilMs: number;
}

/**
 * Gives the `Authorization` header of a role: the same one for five minutes, or until its credentials end if that is
 * sooner. Until then anyone who has the header can act as this role towards this vault, so do not log it.
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
    // Of concurrent calls, the first one signs for all.
    if (current === undefined || current === before) current = sign(options, clock());
    return (await current).value;
  };
}

async function sign(options: AwsIdentityOptions, nowMs: number): Promise<Header> {
  const { region, credentials: source } = options;
  const credentials = typeof source === 'function' ? await source() : source;
  const { accessKeyId, sessionToken, expiration } = credentials;
  if (sessionToken === undefined) {
    throw new Error('the credentials have no session token: a vault accepts roles only, so assume one');
  }
  const place = { ...options, dnsSuffix: options.dnsSuffix ?? dnsSuffixOf(region) };
  const date = new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '');
  const { method, host, path, headers, body } = callerIdentityRequest(place, { date, sessionToken });
  const signer = new SignatureV4({ service: 'sts', region, credentials, sha256: NodeSha256, applyChecksum: false });
  const request = { method, protocol: 'https:', hostname: host, path, query: {}, headers: { ...headers }, body };
  const signed = await signer.sign(request, { signingDate: new Date(nowMs) });
  const [, list, signature] = / SignedHeaders=([^,]+), Signature=(\w+)$/.exec(signed.headers.authorization ?? '') ?? [];
  if (list !== SIGNED_HEADERS || signature === undefined)
    throw new Error('the signer signed other headers than it was given');
  return {
    value: formatAwsIdentity({ accessKeyId, date, sessionToken, signature }),
    usableUntilMs: Math.min(nowMs + REUSE_SECONDS * 1000, expiration?.getTime() ?? Number.POSITIVE_INFINITY),
  };
}

function dnsSuffixOf(region: string): string {
  return region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
}

/** SHA-256, or HMAC-SHA-256 where there is a secret, in the shape that the signer expects. */
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
