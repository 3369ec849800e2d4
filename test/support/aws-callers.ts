// Callers that are AWS roles, and what callers send who only pretend to be one.

import type { SignedIdentity } from '../../wire/aws-identity.ts';

/** The ARN that STS gives a session of a role. */
export function sessionOf(role: string, session = 'a-session'): string {
  const [accountId, roleName] = role.split('/');
  return `arn:aws:sts::${accountId}:assumed-role/${roleName}/${session}`;
}

/** A well-formed identity with an invalid signature. */
export function aSignedIdentity(change: Partial<SignedIdentity> = {}): SignedIdentity {
  return {
    accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
    date: '20261123T070000Z',
    sessionToken: 'FwoGZXIvYXdzEXAMPLE+token/==',
    signature: '0123456789abcdef'.repeat(4),
    ...change,
  };
}

/** A header of our scheme around any text, as hostile callers make them. */
export function headerAround(json: string): string {
  return `Daykey-Aws ${Buffer.from(json).toString('base64url')}`;
}
