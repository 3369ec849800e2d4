// Callers that are AWS roles: which role an ARN speaks of, and how old a signature may be.

import { createHash } from 'node:crypto';

/** An IAM role. */
export interface Role {
  readonly partition: string;
  readonly accountId: string;
  /** Without its path: the ARN of an assumed role does not hold one, and no account has two roles of one name. */
  readonly roleName: string;
}

/** A signature is accepted for six minutes: clients reuse one for five, and clocks differ by up to one. */
const OLDEST_MS = 6 * 60_000;
/** A signature may be one minute in the future, because clocks differ. */
const NEWEST_MS = 60_000;

/** A role that a caller acts as. */
export interface AssumedRole extends Role {
  /** Chosen by the caller that assumed the role, unless the role's trust policy requires a name (`sts:RoleSessionName`). */
  readonly sessionName: string;
}

// Each group is called what it is in `AssumedRole`.
const PARTITION = '(?<partition>aws[a-z-]*)';
const ACCOUNT = '(?<accountId>\\d{12})';
// IAM API reference: a role's name has 1 to 64 of these characters, the name of a session 2 to 64.
const NAME = '(?<roleName>[\\w+=,.@-]{1,64})';
const SESSION = '(?<sessionName>[\\w+=,.@-]{2,64})';
const ASSUMED_ROLE = new RegExp(`^arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/${NAME}/${SESSION}$`);
const ROLE = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role/(?:[\\x21-\\x7e]*/)?${NAME}$`);

/** Whether a request signed at that instant is taken now; both in milliseconds since 1970. */
export function isFresh(signedAtMs: number, nowMs: number): boolean {
  return nowMs - signedAtMs <= OLDEST_MS && signedAtMs - nowMs <= NEWEST_MS;
}

/**
 * Role and session in the ARN that STS gives of a caller. `undefined` for users, for an account's root and for federated
 * users: the vault trusts none of them.
 */
export function assumedRoleOf(callerArn: string): AssumedRole | undefined {
  return ASSUMED_ROLE.exec(callerArn)?.groups as AssumedRole | undefined;
}

/** The role in its own ARN, `arn:aws:iam::111122223333:role/path/name`; `undefined` for any other text. */
export function roleOf(roleArn: string): Role | undefined {
  return ROLE.exec(roleArn)?.groups as Role | undefined;
}

/**
 * `accountId/roleName`: what settings and the ring call a role. Without the partition, since an STS only knows the
 * accounts of its partition.
 */
export function roleKeyOf({ accountId, roleName }: Role): string {
  return `${accountId}/${roleName}`;
}

/** What stands for a role's session in the audit log. */
export function roleCredential(role: AssumedRole): string {
  return `role/${roleKeyOf(role)}/${role.sessionName}`;
}

/** What a request must be signed for to mean this vault. */
export function audienceOf({ accountId, region, stack }: Record<'accountId' | 'region' | 'stack', string>): string {
  return `daykey:${accountId}:${region}:${stack}`;
}

/** SHA-256 of a header, in hex: what may be remembered of a credential. */
export function hashOfHeader(authorization: string): string {
  return createHash('sha256').update(authorization).digest('hex');
}
