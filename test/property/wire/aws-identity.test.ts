// The header of an AWS role: one spelling, five values, and a request in which nothing else is the caller's.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assumedRoleOf, isFresh, roleKeyOf, roleOf } from '../../../vault/domain/aws-identity.ts';
import {
  callerIdentityRequest,
  formatAwsIdentity,
  parseAwsIdentity,
  SIGNED_HEADERS,
  type SignedIdentity,
  signedAtMs,
  sigV4Authorization,
} from '../../../wire/aws-identity.ts';
import { aSignedIdentity, headerAround } from '../../support/aws-callers.ts';
import { anyText } from '../../support/texts.ts';

const PLACE = {
  region: 'eu-central-1',
  dnsSuffix: 'amazonaws.com',
  audience: 'daykey:111122223333:eu-central-1:Vault',
};
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=';

const ofCharacters = (characters: string, minLength: number, maxLength: number) =>
  fc.string({ unit: fc.constantFrom(...characters), minLength, maxLength });
const anIdentity: fc.Arbitrary<SignedIdentity> = fc.record({
  accessKeyId: ofCharacters('ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789', 12, 124).map((id) => `ASIA${id}`),
  date: fc
    .date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().replace(/[-:]|\.\d+/g, '')),
  sessionToken: ofCharacters(BASE64, 1, 5000),
  signature: ofCharacters('0123456789abcdef', 64, 64),
});
const json = (identity: object) => JSON.stringify({ v: 1, ...identity });

describe('a well-formed header', () => {
  test('gives back what went in', () => {
    fc.assert(
      fc.property(anIdentity, (identity) => {
        expect(parseAwsIdentity(formatAwsIdentity(identity))).toMatchObject(identity);
      }),
    );
  });

  test('is the only spelling of what it says', () => {
    fc.assert(
      fc.property(anyText({ maxLength: 400 }), (text) => {
        for (const header of [text, `Daykey-Aws ${text}`, headerAround(text)]) {
          const identity = parseAwsIdentity(header);
          if (identity) expect(formatAwsIdentity(identity)).toBe(header);
        }
      }),
    );
  });

  test('with one character changed, added or taken away is none, or says something else', () => {
    fc.assert(
      fc.property(anIdentity, fc.nat(), anyText({ maxLength: 1 }), (identity, at, character) => {
        const header = formatAwsIdentity(identity);
        const index = at % header.length;
        for (const keep of [0, 1]) {
          const changed = header.slice(0, index) + character + header.slice(index + keep);
          if (changed !== header) expect(parseAwsIdentity(changed)).not.toMatchObject(identity);
        }
      }),
    );
  });
});

describe('a hostile header is refused', () => {
  test('whatever JSON is in it', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (value, member) => {
        expect(parseAwsIdentity(headerAround(JSON.stringify(value)))).toBeUndefined();
        for (const name of Object.keys(aSignedIdentity())) {
          // Any word may be a session token.
          if (name === 'sessionToken' && typeof member === 'string') continue;
          const changed = json({ ...aSignedIdentity(), [name]: member });
          expect(parseAwsIdentity(headerAround(changed))).toBeUndefined();
        }
      }),
    );
  });

  test('when any value has a line break, a space, a comma or a character outside ASCII anywhere', () => {
    fc.assert(
      fc.property(
        anIdentity,
        fc.constantFrom('accessKeyId', 'date', 'sessionToken', 'signature'),
        fc.constantFrom(
          '\r',
          '\n',
          '\r\nHost: evil.example\r\n',
          ' ',
          ',',
          '\0',
          '/..',
          '%0a',
          'é',
          '★',
          '\u2028',
          '"',
          '\\',
        ),
        fc.nat(),
        (identity, name, smuggled, at) => {
          const value = identity[name];
          const index = at % (value.length + 1);
          const changed = { ...identity, [name]: value.slice(0, index) + smuggled + value.slice(index) };
          expect(parseAwsIdentity(formatAwsIdentity(changed))).toBeUndefined();
        },
      ),
    );
  });

  const identity = aSignedIdentity();
  const { signature, ...unsigned } = identity;
  const good = formatAwsIdentity(identity);

  test.each<[what: string, header: string]>([
    ['another scheme', good.replace('Daykey-Aws', 'AWS4-HMAC-SHA256')],
    ['another case', good.replace('Daykey-Aws', 'daykey-aws')],
    ['two spaces', good.replace(' ', '  ')],
    ['a line break at its end', `${good}\n`],
    ['padding', `${good}=`],
    ['standard base64', `Daykey-Aws ${Buffer.from(json({ ...identity, sessionToken: '???' })).toString('base64')}`],
    ['two of them', `${good}, ${good}`],
    ['another version', headerAround(JSON.stringify({ v: 2, ...identity }))],
    ['a version that is a text', headerAround(JSON.stringify({ v: '1', ...identity }))],
    ['no version', headerAround(JSON.stringify(identity))],
    ['no signature', headerAround(json(unsigned))],
    ['another order', headerAround(json({ signature, ...unsigned }))],
    ['white space', headerAround(JSON.stringify({ v: 1, ...identity }, undefined, 1))],
    ['a duplicate member', headerAround(`${json(identity).slice(0, -1)},"signature":"${signature}"}`)],
    ['a member spelt with an escape', headerAround(json(identity).replace('"date"', '"\\u0064ate"'))],
    ['a byte-order mark', headerAround(`\ufeff${json(identity)}`)],
    ['a list', headerAround(JSON.stringify([1, ...Object.values(identity)]))],
    ['a key of a user', formatAwsIdentity({ ...identity, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' })],
    ['no session token', formatAwsIdentity({ ...identity, sessionToken: '' })],
    ['a signature in capitals', formatAwsIdentity({ ...identity, signature: signature.toUpperCase() })],
    ['a signature cut short', formatAwsIdentity({ ...identity, signature: signature.slice(1) })],
    ['a date that no calendar has', formatAwsIdentity({ ...identity, date: '20260230T070000Z' })],
    ['the 24th hour', formatAwsIdentity({ ...identity, date: '20261123T240000Z' })],
    ['over 8 KB', formatAwsIdentity({ ...identity, sessionToken: 'A'.repeat(8000) })],
    ['one more member: a host', headerAround(json({ ...identity, host: 'sts.evil.example' }))],
    ['one more member: an action', headerAround(json({ ...identity, body: 'Action=GetSessionToken' }))],
    ['one more member: headers', headerAround(json({ ...identity, headers: { accept: 'application/json' } }))],
    ['one more member: __proto__', headerAround(`{"__proto__":{},${json(identity).slice(1)}`)],
    [
      'a presigned URL',
      `Daykey-Aws ${Buffer.from('https://sts.amazonaws.com/?Action=GetCallerIdentity&X-Amz-Signature=0').toString('base64url')}`,
    ],
    ["a SigV4 header of AWS's own", sigV4Authorization('eu-central-1', identity)],
  ])('%s', (_, header) => {
    expect(parseAwsIdentity(good)).toBeDefined();
    expect(parseAwsIdentity(header)).toBeUndefined();
    expect(signedAtMs(header)).toBeUndefined();
  });
});

describe('the request', () => {
  test('is the same for every caller, except for the date and the token in its headers', () => {
    fc.assert(
      fc.property(anIdentity, ({ date, sessionToken }) => {
        expect(callerIdentityRequest(PLACE, { date, sessionToken })).toEqual({
          method: 'POST',
          host: 'sts.eu-central-1.amazonaws.com',
          path: '/',
          headers: {
            'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
            host: 'sts.eu-central-1.amazonaws.com',
            'x-amz-date': date,
            'x-amz-security-token': sessionToken,
            'x-daykey-audience': 'daykey:111122223333:eu-central-1:Vault',
          },
          body: 'Action=GetCallerIdentity&Version=2011-06-15',
        });
      }),
    );
  });

  test('has every header signed', () => {
    const { headers } = callerIdentityRequest(PLACE, aSignedIdentity());
    expect(Object.keys(headers).toSorted().join(';')).toBe(SIGNED_HEADERS);
  });

  test('carries a SigV4 header of one line, for STS in its Region', () => {
    fc.assert(
      fc.property(anIdentity, (identity) => {
        const { accessKeyId, date, signature } = identity;
        expect(sigV4Authorization('eu-central-1', identity)).toBe(
          `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${date.slice(0, 8)}/eu-central-1/sts/aws4_request, ` +
            `SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-daykey-audience, Signature=${signature}`,
        );
      }),
    );
  });
});

test('a signature is taken from six minutes old to one minute from the future, to the millisecond', () => {
  fc.assert(
    fc.property(fc.integer({ min: -400_000, max: 100_000 }), (agoMs) => {
      expect(isFresh(1_800_000_000_000 + agoMs, 1_800_000_000_000)).toBe(agoMs >= -360_000 && agoMs <= 60_000);
    }),
  );
});

describe('the role of a caller', () => {
  test.each([
    ['arn:aws:sts::111122223333:assumed-role/desk/i-0abc', '111122223333/desk'],
    ['arn:aws-cn:sts::111122223333:assumed-role/desk/me@example.org', '111122223333/desk'],
    ['arn:aws-us-gov:sts::111122223333:assumed-role/A+b=c,d.e@f-g_h/xx', '111122223333/A+b=c,d.e@f-g_h'],
    ['arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123/ann', '111122223333/AWSReservedSSO_Admin_0123'],
  ])('in %s is %s', (arn, key) => {
    const role = assumedRoleOf(arn);
    expect(role && roleKeyOf(role)).toBe(key);
  });

  test.each([
    'arn:aws:iam::111122223333:user/ann',
    'arn:aws:iam::111122223333:root',
    'arn:aws:sts::111122223333:federated-user/ann',
    'arn:aws:iam::111122223333:role/desk',
    'arn:aws:sts::111122223333:assumed-role/path/desk/session',
    'arn:aws:sts::111122223333:assumed-role/desk',
    'arn:aws:sts::111122223333:assumed-role//session',
    'arn:aws:sts::11112222333:assumed-role/desk/session',
    'arn:aws:sts::111122223333:assumed-role/desk/session\n',
    ' arn:aws:sts::111122223333:assumed-role/desk/session',
    'arn:evil:sts::111122223333:assumed-role/desk/session',
    'arn:aws:iam::111122223333:user/arn:aws:sts::111122223333:assumed-role/desk/session',
    '111122223333',
    '',
  ])('is none in %j', (arn) => {
    expect(assumedRoleOf(arn)).toBeUndefined();
  });

  test('is the one that its own ARN names, whatever path is in it and whatever its session is called', () => {
    const name = ofCharacters('ABCabc019+=,.@_-', 1, 64);
    const session = ofCharacters('ABCabc019+=,.@_-', 2, 64);
    fc.assert(
      fc.property(
        name,
        session,
        fc.constantFrom('', 'team/', 'aws-service-role/x.amazonaws.com/'),
        (role, of, path) => {
          const own = roleOf(`arn:aws:iam::111122223333:role/${path}${role}`);
          const assumed = assumedRoleOf(`arn:aws:sts::111122223333:assumed-role/${role}/${of}`);
          expect(assumed).toEqual({ ...own, sessionName: of });
          expect([own, assumed].map((each) => each && roleKeyOf(each))).toEqual(Array(2).fill(`111122223333/${role}`));
        },
      ),
    );
  });
});
