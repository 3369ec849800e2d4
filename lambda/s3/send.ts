// One request of the vault itself to S3, by a presigned URL.

import { PATIENCE } from '../aws/client-defaults.ts';
import { errorName, unavailable } from '../aws/errors.ts';
import { presignedUrl, type SignedRequest, type Signing } from './presigned-url.ts';

/**
 * Sends a request and returns the answer, whatever its status. Tried once: callers try again.
 *
 * @param what names the call in messages, in the infinitive: "delete a blob".
 * @param maxBytes of the answer's body. @default no limit
 * @throws DaykeyError `unavailable` without an answer.
 */
export async function sendToS3(
  signing: Signing,
  what: string,
  request: SignedRequest,
  maxBytes = Number.POSITIVE_INFINITY,
): Promise<{ status: number; body: Buffer }> {
  try {
    const url = await presignedUrl(signing, request, PATIENCE.timeoutMs / 1000);
    const signal = AbortSignal.timeout(PATIENCE.timeoutMs);
    const response = await fetch(url, { method: request.method, signal, redirect: 'error' });
    if (Number(response.headers.get('content-length')) > maxBytes)
      throw new Error(`the object has more than ${maxBytes} bytes`);
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  } catch (error) {
    throw unavailable(what, errorName(error), error);
  }
}
