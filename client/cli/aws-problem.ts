// Why a call to AWS failed, for operators: the cause by its name, and what to set next.

import { CommandError } from './command-error.ts';

/** What decides where the call went. */
export interface Destination {
  /** The file of a local vault, when it was used. */
  readonly vaultFile: string | undefined;
  /** The environment variable AWS_ENDPOINT_URL. */
  readonly endpointUrl: string | undefined;
}

const OR_LOCAL = 'For the vault that `npm start` runs, add --vault .local/vault.json.';

// As CloudFormation, DynamoDB, KMS, STS and the SDK name them.
const EXPIRED = new Set(['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'TokenRefreshRequired']);
const UNKNOWN_KEY = new Set([
  'InvalidClientTokenId',
  'UnrecognizedClientException',
  'InvalidAccessKeyId',
  'AuthFailure',
]);
const WRONG_SIGNATURE = new Set(['SignatureDoesNotMatch', 'InvalidSignatureException', 'RequestTimeTooSkewed']);
const DENIED = new Set(['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'OptInRequired']);
const THROTTLED = new Set([
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'ProvisionedThroughputExceededException',
]);
const UNREACHABLE = new Set(['ECONNREFUSED', 'ECONNRESET', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN']);

/** The problem behind an error of the AWS SDK, or behind one that it caused; `undefined` for any other error. */
export function awsProblem(error: unknown, destination: Destination): CommandError | undefined {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    const message = messageFor(cause, destination);
    if (message !== undefined) return new CommandError(message, { cause: error });
  }
  return undefined;
}

function messageFor(error: Error, destination: Destination): string | undefined {
  const { name, message } = error;
  const code = 'code' in error ? String(error.code) : '';
  if (message === 'Region is missing') {
    return `no AWS Region is set: set AWS_REGION, or AWS_PROFILE to a profile with a region. ${OR_LOCAL}`;
  }
  if (message.startsWith('Region not accepted')) return 'AWS_REGION is no Region: set it to one like eu-central-1';
  if (name === 'CredentialsProviderError' || name === 'TokenProviderError') return noCredentials(message);
  if (EXPIRED.has(name)) return 'the AWS credentials have expired: sign in again, for example with `aws sso login`';
  if (UNKNOWN_KEY.has(name)) {
    return `AWS does not know these credentials (${name}): check AWS_PROFILE, AWS_ACCESS_KEY_ID and AWS_SESSION_TOKEN`;
  }
  if (WRONG_SIGNATURE.has(name)) {
    return `AWS refuses the signature (${name}): check AWS_SECRET_ACCESS_KEY and the clock of this machine`;
  }
  if (DENIED.has(name)) {
    return `AWS denies access: ${message.replace(/\.$/, '')}. Use other credentials (AWS_PROFILE), or allow it to these`;
  }
  if (THROTTLED.has(name)) return `AWS throttles this account (${name}): try again in a minute`;
  if (UNREACHABLE.has(code) || name === 'TimeoutError') return unreachable(error, destination);
  if (!('$metadata' in error)) return undefined;
  const { vaultFile, endpointUrl } = destination;
  const who = vaultFile === undefined ? (endpointUrl ?? 'AWS') : `the vault of ${vaultFile}`;
  return `${who} answered ${name}: ${message}`;
}

/** The SDK's own words say more where a profile or a session is at fault. */
function noCredentials(message: string): string {
  if (/expired|sso login/i.test(message)) {
    return `the AWS credentials have expired: sign in again, for example with \`aws sso login\` (${message})`;
  }
  const more = message.startsWith('Could not load credentials from any providers') ? '' : ` (${message})`;
  return `no AWS credentials found${more}: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. ${OR_LOCAL}`;
}

function unreachable(error: Error, { vaultFile, endpointUrl }: Destination): string {
  const why = 'code' in error ? String(error.code) : error.name;
  if (vaultFile !== undefined) {
    return `the vault of ${vaultFile} does not answer (${why}): it has ended, so run \`npm start\` again`;
  }
  if (endpointUrl !== undefined) {
    return `nothing answers at ${endpointUrl} (${why}): start what AWS_ENDPOINT_URL names, or unset it`;
  }
  const host = 'hostname' in error ? String(error.hostname) : 'AWS';
  return `${host} cannot be reached (${why}): check AWS_REGION and the network`;
}
