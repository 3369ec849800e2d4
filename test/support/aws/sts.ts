// STS as far as an identity is proven with it: GetCallerIdentity, whose signature is computed again.

import { createHash, createHmac } from 'node:crypto';
import { type Answer, xmlAnswer } from './answer.ts';

/** Temporary credentials, and the ARN that STS answers for them. */
export interface StsCaller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly arn: string;
}

/** A POST to STS; names of headers in lower case. */
export interface StsRequest {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=(?<accessKeyId>\w+)\/(?<scope>(?<day>\d{8})\/(?<region>[\w-]+)\/sts\/aws4_request), SignedHeaders=(?<names>[\w;-]+), Signature=(?<signature>[0-9a-f]{64})$/;
/** How far a signature's date may be off (IAM user guide, "Elements of an AWS API request signature"). */
const MAX_SKEW_MS = 15 * 60 * 1000;

/** Answers as STS does. @param callers those whose credentials it knows @param clock milliseconds since 1970 */
export function answerSts(callers: readonly StsCaller[], request: StsRequest, clock: () => number): Answer {
  const signed = AUTHORIZATION.exec(request.headers.authorization ?? '')?.groups;
  if (!signed || !new URLSearchParams(request.body).getAll('Action').includes('GetCallerIdentity')) {
    return refusal(400, 'IncompleteSignature');
  }
  const caller = callers.find(({ accessKeyId }) => accessKeyId === signed.accessKeyId);
  if (!caller || request.headers['x-amz-security-token'] !== caller.sessionToken) {
    return refusal(403, 'InvalidClientTokenId');
  }
  const date = request.headers['x-amz-date'] ?? '';
  const signedAtMs = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const isTimely = Math.abs(clock() - signedAtMs) <= MAX_SKEW_MS;
  if (!isTimely || signatureOf(request, signed, date, caller.secretAccessKey) !== signed.signature) {
    return refusal(403, 'SignatureDoesNotMatch');
  }
  const result = `<GetCallerIdentityResult><Arn>${caller.arn}</Arn></GetCallerIdentityResult>`;
  return xmlAnswer(200, `<GetCallerIdentityResponse>${result}</GetCallerIdentityResponse>`);
}

/** AWS General Reference, "Signature Version 4 signing process". */
function signatureOf(
  { headers, body }: StsRequest,
  { names = '', scope = '', day = '', region = '' }: Record<string, string>,
  date: string,
  secret: string,
): string {
  const lines = names.split(';').map((name) => `${name}:${(headers[name] ?? '').trim()}\n`);
  const canonical = ['POST', '/', '', lines.join(''), names, sha256(body)].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', date, scope, sha256(canonical)].join('\n');
  const key = [day, region, 'sts', 'aws4_request'].reduce<Buffer>(hmac, Buffer.from(`AWS4${secret}`));
  return hmac(key, toSign).toString('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function refusal(status: number, code: string): Answer {
  return xmlAnswer(status, `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code></Error></ErrorResponse>`);
}
