// The entry `daykey`: connect with `Daykey`, and prove who you are with `apiToken` or `awsIdentity`.

export type { Entry, EntryContext } from '../../wire/entry.ts';
export type { ExplainedPart, Explanation } from '../../wire/explanation.ts';
export type { JsonObject } from '../../wire/json-object.ts';
export type { RedactAs } from '../../wire/outgoing.ts';
export type { ProblemCode } from '../../wire/problem.ts';
export { REDACTED, SENSITIVE_KEY } from '../../wire/refs.ts';
export { apiToken } from './api-token.ts';
export { type AwsIdentityOptions, awsIdentity, type RoleCredentials } from './aws-identity.ts';
export type { DaykeyOptions } from './connection.ts';
export { Daykey } from './daykey.ts';
export type { HttpTransportOptions } from './http-transport.ts';
export type { Json } from './json.ts';
export type { LifeOptions } from './life.ts';
export { DaykeyProblem, type DaykeyProblemCode, type DaykeyProblemOptions } from './problem.ts';
export { redactRefs } from './redact-refs.ts';
export type { RetryOptions } from './retry.ts';
export type { DecryptedState, RedactedState, RefObject, Scope } from './scope.ts';
export { Sensitive } from './sensitive.ts';
export type { Operation, Transport, WireAnswer, WireRequest } from './transport.ts';
export type {
  CallOptions,
  Decrypted,
  Encrypted,
  EncryptOptions,
  EraseTarget,
  ExplainOptions,
  IncomingOptions,
  Kept,
  OpenedEntry,
  OpenedFields,
  OutgoingOptions,
  Ref,
  SealedEntry,
  SealedFields,
} from './verbs.ts';
