// Invokes a function of the vault by one signed request. The SDK's Lambda client would be a fifth of a function's bundle.

import type { KMSClient } from '@aws-sdk/client-kms';
import { SignatureV4 } from '@smithy/signature-v4';

/** Invokes a function and waits for its answer, parsed from JSON. */
export type Invoke = (functionArn: string, event: unknown) => Promise<InvokeResult>;

/** An error of the function itself tells nothing more: its log has it. */
export type InvokeResult = { readonly failed: true } | { readonly failed: false; readonly answer: unknown };

export interface InvokeOptions {
  /** Base URL of Lambda. */
  readonly endpoint: string;
  /** How long an invocation may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What is used of the configuration of an SDK client: the same credentials, Region and connections serve both. */
export type ClientConfig = Pick<
  KMSClient['config'],
  'credentials' | 'region' | 'requestHandler' | 'sha256' | 'streamCollector'
>;

/**
 * An {@link Invoke} with the configuration of an SDK client (AWS Lambda API reference, Invoke). Tries once: the caller that asks for a
 * rotation or a canary asks again.
 */
export function lambdaInvoke(config: ClientConfig, { endpoint, timeoutMs }: InvokeOptions): Invoke {
  const { protocol, hostname, port, pathname } = new URL(endpoint);
  const { credentials, region, sha256 } = config;
  const signer = new SignatureV4({ service: 'lambda', credentials, region, sha256 });
  return async (functionArn, event) => {
    const signed = await signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port === '' ? {} : { port: Number(port) }),
      path: `${pathname.replace(/\/$/, '')}/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`,
      headers: { host: port === '' ? hostname : `${hostname}:${port}`, 'content-type': 'application/json' },
      body: JSON.stringify(event),
    });
    const { response } = await config.requestHandler.handle(
      signed as Parameters<ClientConfig['requestHandler']['handle']>[0],
      { requestTimeout: timeoutMs },
    );
    const { body } = response;
    const bytes = body instanceof Uint8Array ? body : await config.streamCollector(body);
    const text = Buffer.from(bytes).toString('utf8');
    if (response.statusCode !== 200) throw refusal(response.statusCode, response.headers['x-amzn-errortype']);
    if (response.headers['x-amz-function-error'] !== undefined) return { failed: true };
    return { failed: false, answer: text === '' ? undefined : JSON.parse(text) };
  };
}

/** Lambda's refusal by its name, such as `TooManyRequestsException`. Its message may repeat the event. */
function refusal(status: number, type = 'UnknownError'): Error {
  const error = new Error(`Lambda refused to invoke a function: ${status}`);
  error.name = type.split(':', 1)[0] ?? type;
  return error;
}
