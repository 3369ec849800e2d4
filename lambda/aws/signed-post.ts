// One signed POST to a service of AWS whose SDK client would be a large part of a function's bundle.

import type { KMSClient } from '@aws-sdk/client-kms';
import { sigV4Signer } from './lean-sdk.ts';

/** What is used of the configuration of an SDK client: the same credentials, Region and connections serve both. */
export type ClientConfig = Pick<KMSClient['config'], 'credentials' | 'region' | 'requestHandler' | 'streamCollector'>;

export interface Service {
  /** The name that requests are signed for, such as `lambda`. */
  readonly name: string;
  /** Base URL of the service. */
  readonly endpoint: string;
  /** How long a request may take, in milliseconds. */
  readonly timeoutMs: number;
}

export interface PostAnswer {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** Posts a JSON text to a path and returns whatever the service answers. Tries once. */
export type SignedPost = (path: string, headers: Readonly<Record<string, string>>, body: string) => Promise<PostAnswer>;

/**
 * The service's refusal by its name, as an SDK client would throw it. Its message may repeat the request: only the words of calls
 * that send no secret may be shown.
 */
export function refusal({ status, headers, text }: PostAnswer): Error {
  // Services name the error in a header or in the body. A proxy in between may answer with something else than JSON.
  const type = headers['x-amzn-errortype'] ?? /"__type"\s*:\s*"([^"]*)"/.exec(text)?.[1] ?? '';
  const [, name = 'UnknownError'] = /^(?:[^#]*#)?(\w+)/.exec(type) ?? [];
  const [, message = ''] = /"message"\s*:\s*"([^"]*)"/i.exec(text) ?? [];
  return Object.assign(new Error(message), { name, $metadata: { httpStatusCode: status } });
}

/** A {@link SignedPost} with the configuration of an SDK client. */
export function signedPost(config: ClientConfig, { name, endpoint, timeoutMs }: Service): SignedPost {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  const signer = sigV4Signer({ credentials: config.credentials, region: config.region, defaultSigningName: name });
  return async (path, headers, body) => {
    const signed = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: `${pathname.replace(/\/$/, '')}${path}`,
      headers: { host: port === '' ? hostname : `${hostname}:${port}`, ...headers },
      body,
    });
    const { response } = await config.requestHandler.handle(
      signed as Parameters<ClientConfig['requestHandler']['handle']>[0],
      { requestTimeout: timeoutMs },
    );
    const bytes = response.body instanceof Uint8Array ? response.body : await config.streamCollector(response.body);
    return { status: response.statusCode, headers: response.headers, text: Buffer.from(bytes).toString('utf8') };
  };
}
