// What stands before the functions: throttling, a web ACL, a private endpoint, and no way around them.

import { describe, expect, test } from 'vitest';
import { OPERATIONS } from '../../wire/operations.ts';
import { synthesized } from './synthesized.ts';

const WEB_ACL_ARN =
  'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/vault/01234567-89ab-cdef-0123-456789abcdef';
const ENDPOINTS = ['vpce-0123456789abcdef0', 'vpce-0fedcba9876543210'];

const usual = synthesized();
const only = (type: string, vault = usual) => {
  const found = [...vault.ofType(type).values()];
  expect(found.length).toBe(1);
  return found[0]?.Properties ?? {};
};

describe('by default', () => {
  test('the stage throttles each route for all callers together, at the rate that the settings say', () => {
    const throttled = (vault = usual) => only('AWS::ApiGateway::Stage', vault).MethodSettings;
    expect(throttled()).toMatchObject([{ ResourcePath: '/*', ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 }]);
    expect(throttled(synthesized({ requestsPerSecond: 7 }))).toMatchObject([
      { ThrottlingRateLimit: 7, ThrottlingBurstLimit: 14 },
    ]);
  });

  test('the API is regional, with no policy, no web ACL and no VPC endpoint', () => {
    const api = only('AWS::ApiGateway::RestApi');
    expect(api.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
    expect(api).not.toHaveProperty('Policy');
    expect(usual.ofType('AWS::WAFv2::WebACLAssociation').size).toBe(0);
  });

  test('no method answers a preflight request: CORS is off', () => {
    const methods = [...usual.ofType('AWS::ApiGateway::Method').values()];
    expect(methods.length).toBeGreaterThan(3);
    expect(methods.filter(({ Properties }) => Properties.HttpMethod === 'OPTIONS')).toEqual([]);
  });

  // CDK would let `test-invoke-stage` invoke each function.
  test('the console cannot call the functions past the stage', () => {
    const permissions = [...usual.ofType('AWS::Lambda::Permission').values()];
    expect(permissions.length).toBeGreaterThan(3);
    expect(JSON.stringify(permissions)).not.toContain('test-invoke-stage');
  });
});

test('a web ACL is put before the stage', () => {
  const vault = synthesized({ webAclArn: WEB_ACL_ARN });
  const [stageId = ''] = vault.ofType('AWS::ApiGateway::Stage').keys();
  const { WebACLArn, ResourceArn } = only('AWS::WAFv2::WebACLAssociation', vault);
  expect(WebACLArn).toBe(WEB_ACL_ARN);
  expect(JSON.stringify(ResourceArn)).toContain(`"/stages/",{"Ref":"${stageId}"}`);
});

describe('a private API', () => {
  const vault = synthesized({ privateVpcEndpointIds: ENDPOINTS });
  const api = only('AWS::ApiGateway::RestApi', vault);

  test('has no endpoint but a private one, for these VPC endpoints', () => {
    expect(api.EndpointConfiguration).toEqual({ Types: ['PRIVATE'], VpcEndpointIds: ENDPOINTS });
  });

  test('refuses every call that comes another way', () => {
    const { Statement } = api.Policy as { Statement: Record<string, unknown>[] };
    const everyRoute = { Action: 'execute-api:Invoke', Principal: { AWS: '*' }, Resource: 'execute-api:/*' };
    expect(Statement).toEqual([
      { ...everyRoute, Effect: 'Allow' },
      { ...everyRoute, Effect: 'Deny', Condition: { StringNotEquals: { 'aws:SourceVpce': ENDPOINTS } } },
    ]);
  });

  test('asks its authorizer all the same', () => {
    const methods = [...vault.ofType('AWS::ApiGateway::Method').values()].map(({ Properties }) => Properties);
    const posts = methods.filter(({ HttpMethod }) => HttpMethod === 'POST');
    expect(posts.length).toBe(OPERATIONS.length);
    for (const post of posts) expect(post.AuthorizationType).toBe('CUSTOM');
  });
});

test('audit rows are kept for a year, or for what the settings say', () => {
  const daysOf = (vault: typeof usual) =>
    [...vault.ofType('AWS::Lambda::Function').values()]
      .map(({ Properties }) => Properties.Environment as { Variables: Record<string, string> } | undefined)
      .flatMap((environment) => environment?.Variables.DAYKEY_AUDIT_RETENTION_DAYS ?? []);
  expect(daysOf(usual)).toEqual(['365']);
  expect(daysOf(synthesized({ auditRetentionDays: 30 }))).toEqual(['30']);
});
