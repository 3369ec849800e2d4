// What of an AWS role is written down, and under which name.

import { expect, test } from 'vitest';
import {
  assumedRoleOf,
  audienceOf,
  hashOfHeader,
  isFresh,
  roleCredential,
  roleOf,
} from '../../../../vault/domain/aws-identity.ts';

test('an audience names one vault: account, Region and stack', () => {
  expect(audienceOf({ accountId: '111122223333', region: 'eu-central-1', stack: 'Vault' })).toBe(
    'daykey:111122223333:eu-central-1:Vault',
  );
});

// The digest is that of FIPS 180-4 for three letters, so a hash of anything but the text itself shows.
test('a header is remembered as SHA-256 in hex', () => {
  expect(hashOfHeader('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test.each([
  [-360_001, false],
  [-360_000, true],
  [60_000, true],
  [60_001, false],
])('a signature of %i ms from now is taken: %s', (fromNowMs, taken) => {
  expect(isFresh(1_800_000_000_000 + fromNowMs, 1_800_000_000_000)).toBe(taken);
});

test('a role has its partition, account and name, without its path', () => {
  const role = { partition: 'aws-cn', accountId: '111122223333', roleName: 'desk' };
  expect(roleOf('arn:aws-cn:iam::111122223333:role/team/support/desk')).toEqual(role);
  expect(assumedRoleOf('arn:aws-cn:sts::111122223333:assumed-role/desk/ann')).toEqual({ ...role, sessionName: 'ann' });
});

test('a session of a role has a name in the audit log, with account, role and session', () => {
  const ann = assumedRoleOf('arn:aws:sts::111122223333:assumed-role/desk/ann@example.org');
  expect(ann && roleCredential(ann)).toBe('role/111122223333/desk/ann@example.org');
});

test.each([
  'arn:aws:iam::111122223333:role/',
  'arn:aws:iam::111122223333:role/desk/',
  'arn:aws:iam::111122223333:role/te am/desk',
  'arn:aws:iam::111122223333:role/desk\n',
  ' arn:aws:iam::111122223333:role/desk',
  'arn:aws:iam::1111222233334:role/desk',
  'arn:aws:sts::111122223333:role/desk',
  `arn:aws:iam::111122223333:role/${'a'.repeat(65)}`,
  '',
])('%j is no ARN of a role', (arn) => {
  expect(roleOf(arn)).toBeUndefined();
});

test.each([
  `arn:aws:sts::111122223333:assumed-role/${'a'.repeat(65)}/ann`,
  `arn:aws:sts::111122223333:assumed-role/desk/${'a'.repeat(65)}`,
  'arn:aws:sts::111122223333:assumed-role/desk/a',
  'arn:aws:sts::111122223333:assumed-role/desk/ann/bob',
  'arn:aws:sts::111122223333:assumed-role/desk/an n',
])('%j is no assumed role', (arn) => {
  expect(assumedRoleOf(arn)).toBeUndefined();
});
