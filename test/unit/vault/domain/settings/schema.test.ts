// What each setting may be, at its edges: every value here is one character away from one that is decided the other way.

import { describe, expect, test } from 'vitest';
import { checkSettings } from '../../../../../vault/domain/settings/parse.ts';
import { LOG_RETENTION_DAYS } from '../../../../../vault/domain/settings/schema.ts';

const integrations = { web: { kind: 'messaging' } };
const LEAST = { apps: { shop: { integrations } } };
const problemsOf = (settings: object) => checkSettings({ ...LEAST, ...settings }, { tokens: 'resolved' }).problems;
const label = (length: number) => 'a'.repeat(length);

const CERTIFICATE = 'arn:aws:acm:eu-central-1:111122223333:certificate/1a2B-3c';
const WEB_ACL = 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/name/1a2b';
const POLICY = 'arn:aws:iam::111122223333:policy/boundary';
const ENDPOINT = 'vpce-0123456789abcdef0';
const viewers = (...values: unknown[]) => ({
  apps: { shop: { integrations, console: { viewers: values } } },
  console: {},
});
const domain = (name: string, certificateArn = CERTIFICATE) => ({ domain: { name, certificateArn } });
const issuer = (address: string) => ({ console: { issuer: address, clientId: 'daykey' } });

describe('a setting may be', () => {
  test.each<[object]>([
    [{ webAclArn: WEB_ACL }],
    [{ webAclArn: WEB_ACL.replace('aws', 'aws-us-gov') }],
    [{ privateVpcEndpointIds: ['vpce-01234567', ENDPOINT] }],
    [domain('vault.example.org')],
    [domain('a-1.b2.museum')],
    [domain(`${label(63)}.org`)],
    [domain(`x.${label(63)}`)],
    [domain(`${`${label(59)}.`.repeat(4)}${label(10)}.co`)],
    [domain('example.org', CERTIFICATE.replace('aws', 'aws-cn'))],
    [{ permissionsBoundaryArn: POLICY }],
    [{ permissionsBoundaryArn: 'arn:aws-cn:iam::aws:policy/path/Name~!' }],
    [{ rolePath: '/' }],
    [{ rolePath: '/security/day_key+=,.@-/' }],
    [{ rolePath: `/${label(510)}/` }],
    [{ rolePrefix: label(32) }],
    [{ rolePrefix: 'a_+=,.@-' }],
    [{ keyTags: { 'cost center': 'a b_.:/=+-@', [label(128)]: label(256), é: '' } }],
    [{ keyTags: Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`t${at}`, 'x'])) }],
    [issuer('https://login.example.org/a/b')],
    [issuer('http://localhost')],
    [issuer('http://127.0.0.1:8080/pool')],
    [issuer('http://localhost:1/')],
    [
      {
        reservedConcurrency: { encrypt: 1, decrypt: 2, erase: 3, authorizer: 4, sweep: 5, rotate: 6, configureApp: 7 },
      },
    ],
    [{ lockKeyPolicy: true, allowMissingConditionKeys: true, cloudWatchRole: false }],
    [{ console: { claim: 'g', requireTicket: true } }],
    [{ retire: ['a', label(63), 'a-1'] }],
    [viewers('g', label(256))],
    [viewers(...Array.from({ length: 100 }, (_, at) => `group-${at}`))],
    ...LOG_RETENTION_DAYS.map((logRetentionDays): [object] => [{ logRetentionDays }]),
  ])('%j', (settings) => {
    expect(problemsOf(settings)).toEqual([]);
  });
});

describe('a setting may not be', () => {
  test.each<[object, string]>([
    [{ webAclArn: `x${WEB_ACL}` }, 'webAclArn: must be the ARN of a regional WAFv2 web ACL'],
    [{ webAclArn: `${WEB_ACL}/x` }, 'webAclArn: '],
    [{ webAclArn: WEB_ACL.replace('regional', 'global') }, 'webAclArn: '],
    [{ webAclArn: WEB_ACL.replace('111122223333', '11112222333') }, 'webAclArn: '],
    [{ webAclArn: WEB_ACL.replace('eu-central-1', '') }, 'webAclArn: '],
    [{ webAclArn: WEB_ACL.replace('/name/', '//') }, 'webAclArn: '],
    [{ privateVpcEndpointIds: [] }, 'privateVpcEndpointIds: is empty: list at least one ID, or leave the setting out'],
    [
      { privateVpcEndpointIds: [`${ENDPOINT}0`] },
      'privateVpcEndpointIds[0]: must be the ID of an interface VPC endpoint',
    ],
    [{ privateVpcEndpointIds: ['vpce-0123456'] }, 'privateVpcEndpointIds[0]: '],
    [{ privateVpcEndpointIds: ['vpce-0123456g'] }, 'privateVpcEndpointIds[0]: '],
    [{ privateVpcEndpointIds: [`x${ENDPOINT}`] }, 'privateVpcEndpointIds[0]: '],
    [domain('org'), 'domain.name: must be the name of a domain'],
    [domain('Vault.example.org'), 'domain.name: '],
    [domain('vault..org'), 'domain.name: '],
    [domain('-vault.org'), 'domain.name: '],
    [domain('vault-.org'), 'domain.name: '],
    [domain('vault.o'), 'domain.name: '],
    [domain('vault.org.'), 'domain.name: '],
    [domain('vault.or9'), 'domain.name: '],
    [domain(`${label(64)}.org`), 'domain.name: '],
    [domain(`x.${label(64)}`), 'domain.name: '],
    [domain(`${`${label(59)}.`.repeat(4)}${label(11)}.co`), 'domain.name: '],
    [domain('example.org', `${CERTIFICATE}/x`), 'domain.certificateArn: must be the ARN of a certificate'],
    [domain('example.org', `x${CERTIFICATE}`), 'domain.certificateArn: '],
    [domain('example.org', CERTIFICATE.replace('3333:', '333:')), 'domain.certificateArn: '],
    [domain('example.org', CERTIFICATE.replace('eu-central-1', '')), 'domain.certificateArn: '],
    [domain('example.org', CERTIFICATE.slice(0, CERTIFICATE.indexOf('/') + 1)), 'domain.certificateArn: '],
    [{ permissionsBoundaryArn: `x${POLICY}` }, 'permissionsBoundaryArn: must be the ARN of a managed policy'],
    [{ permissionsBoundaryArn: `${POLICY} x` }, 'permissionsBoundaryArn: '],
    [{ permissionsBoundaryArn: 'arn:aws:iam::aws:policy/' }, 'permissionsBoundaryArn: '],
    [{ permissionsBoundaryArn: POLICY.replace('3333', '333') }, 'permissionsBoundaryArn: '],
    [{ rolePath: '' }, 'rolePath: must be a path of at most 512 characters'],
    [{ rolePath: 'a/' }, 'rolePath: '],
    [{ rolePath: '/a' }, 'rolePath: '],
    [{ rolePath: '//' }, 'rolePath: '],
    [{ rolePath: '/a b/' }, 'rolePath: '],
    [{ rolePath: `/${label(511)}/` }, 'rolePath: '],
    [{ rolePrefix: '' }, 'rolePrefix: must be 1 to 32 letters'],
    [{ rolePrefix: label(33) }, 'rolePrefix: '],
    [{ rolePrefix: 'a b' }, 'rolePrefix: '],
    [{ keyTags: { 'aws:x': 'x' } }, 'keyTags["aws:x"]: is not a tag: use 1 to 128 letters'],
    [{ keyTags: { 'daykey:x': 'x' } }, 'keyTags["daykey:x"]: is not a tag'],
    [{ keyTags: { '': 'x' } }, 'keyTags[""]: is not a tag'],
    [{ keyTags: { 'a!': 'x' } }, 'keyTags["a!"]: is not a tag'],
    [{ keyTags: { [label(129)]: 'x' } }, 'is not a tag'],
    [{ keyTags: { a: label(257) } }, 'keyTags.a: must be a text of at most 256 letters'],
    [{ keyTags: { a: '!' } }, 'keyTags.a: '],
    [
      { keyTags: Object.fromEntries(Array.from({ length: 41 }, (_, at) => [`t${at}`, 'x'])) },
      'keyTags: must have at most 40 tags: remove some',
    ],
    [issuer('http://login.example.org'), 'console.issuer: must be the address of an OpenID Connect issuer'],
    [issuer('xhttps://login.example.org'), 'console.issuer: '],
    [issuer('https://'), 'console.issuer: '],
    [issuer('https://login.example.org?x'), 'console.issuer: '],
    [issuer('https://login.example.org#x'), 'console.issuer: '],
    [issuer('http://localhost.example.org'), 'console.issuer: '],
    [issuer('http://127.0.0.11'), 'console.issuer: '],
    [issuer('http://127x0.0.1'), 'console.issuer: '],
    [issuer('http://localhost:'), 'console.issuer: '],
    [issuer('http://localhost/?x'), 'console.issuer: '],
    [{ console: { issuer: 'https://a.example', clientId: '' } }, 'console.clientId: must be the ID of a client'],
    [{ console: { claim: '' } }, 'console.claim: must be the name of a claim'],
    [{ console: { claim: label(257) } }, ': write it like groups'],
    [{ console: { issuer: 'https://a.example', clientId: label(257) } }, ': copy it from the issuer'],
    [issuer('login.example.org'), ': write it like https://login.example.org'],
    [viewers(), 'apps.shop.console.viewers: is empty: list at least one value, or leave console out'],
    [viewers(''), 'apps.shop.console.viewers[0]: must be a value of a claim, got "": write the name of a group'],
    [viewers(label(257)), 'apps.shop.console.viewers[0]: must be a value of a claim'],
    [
      viewers(...Array.from({ length: 101 }, (_, at) => `group-${at}`)),
      'apps.shop.console.viewers: lists more than 100 values: let one group stand for several',
    ],
    [
      { apps: { shop: { integrations, console: { viewers: 'g' } } }, console: {} },
      'apps.shop.console.viewers: must be a list of values of a claim',
    ],
    [{ retire: 'a' }, 'retire: must be a list of names of apps, got "a": write it in [ ]'],
    [{ privateVpcEndpointIds: ENDPOINT }, 'privateVpcEndpointIds: must be a list of IDs of VPC endpoints'],
    [{ console: { more: 1 } }, 'console.more: is not a known name'],
    ...['encrypt', 'decrypt', 'erase', 'authorizer', 'sweep', 'rotate', 'configureApp'].flatMap(
      (name): [object, string][] => [
        [{ reservedConcurrency: { [name]: 0 } }, `reservedConcurrency.${name}: must be a whole number from 1`],
        [{ reservedConcurrency: { [name]: 1.5 } }, `reservedConcurrency.${name}: must be a whole number from 1`],
      ],
    ),
    [{ logRetentionDays: 2 }, 'logRetentionDays: must be one of 1, 3, 5,'],
    [{ logRetentionDays: 2 }, ', got 2: choose one'],
    [{ retire: ['Shop'] }, 'retire[0]: must be the name of an app, got "Shop": write it as apps does'],
    [{ retire: ['-a'] }, 'retire[0]: '],
    [{ retire: [label(64)] }, 'retire[0]: '],
    [{ apps: { 'a b': { integrations } } }, 'apps["a b"]: is not a name: use 1 to 63 lower case letters'],
    [{ lockKeyPolicy: 'true' }, 'lockKeyPolicy: must be true or false, got "true": write true without quotes'],
    [{ lockKeyPolicy: 1 }, 'lockKeyPolicy: must be true or false, got 1: write one of the two'],
  ])('%j', (settings, problem) => {
    expect(problemsOf(settings)).toEqual([expect.stringContaining(problem)]);
  });
});

test('a Console shows no plain data, and asks neither for an approval nor for a ticket, unless the settings say so', () => {
  const { vault } = checkSettings({ ...LEAST, ...viewers('g') }, { tokens: 'resolved' });
  expect(vault?.apps.shop?.console).toEqual({ viewers: ['g'], showPlain: false, requireApproval: false });
  expect(vault?.console).toEqual({ requireTicket: false });
});
