// The API: every route is authorized, and nothing from a request gets into a log or an answer.

import type { Stack } from 'aws-cdk-lib';
import { CfnAuthorizer } from 'aws-cdk-lib/aws-apigateway';
import type { IConstruct } from 'constructs';
import { describe, expect, test } from 'vitest';
import { type FunctionName, OPERATIONS, type Operation } from '../../wire/operations.ts';
import { synthesized } from './synthesized.ts';

const vault = synthesized();
const methods = [...vault.ofType('AWS::ApiGateway::Method').values()].map(({ Properties }) => ({
  Properties,
  path: pathOf(Properties.ResourceId) || '/',
}));
const operations = methods.filter(({ path }) => path.startsWith('/v1/'));
// One role seals and one role opens, whatever the request is called.
const FUNCTION_OF: Record<Operation, FunctionName> = {
  encrypt: 'encrypt',
  incoming: 'encrypt',
  explain: 'encrypt',
  decrypt: 'decrypt',
  outgoing: 'decrypt',
  erase: 'erase',
  'seal-blob': 'encrypt',
  'open-blob': 'decrypt',
};
const others = methods.filter(({ path }) => !path.startsWith('/v1/'));

describe('the routes', () => {
  test('are one POST for each operation, and one answer for everything else', () => {
    expect(operations.map(({ path, Properties }) => `${Properties.HttpMethod} ${path}`).toSorted()).toEqual(
      OPERATIONS.map((operation) => `POST /v1/apps/{app}/${operation}`).toSorted(),
    );
    // `{proxy+}` does not match the root.
    expect(others.map(({ path, Properties }) => `${Properties.HttpMethod} ${path}`).toSorted()).toEqual([
      'ANY /',
      'ANY /{proxy+}',
    ]);
  });

  test.each(operations)('$path asks the authorizer, by the Authorization header, at least once a minute', (method) => {
    const { AuthorizationType, AuthorizerId, ApiKeyRequired } = method.Properties;
    expect([AuthorizationType, ApiKeyRequired]).toEqual(['CUSTOM', undefined]);
    const authorizer = vault.ofType('AWS::ApiGateway::Authorizer').get((AuthorizerId as { Ref: string }).Ref);
    expect(authorizer?.Properties).toMatchObject({
      Type: 'REQUEST',
      IdentitySource: 'method.request.header.Authorization',
      AuthorizerResultTtlInSeconds: 60,
    });
    expect(vault.nameOf(authorizer?.Properties.AuthorizerUri)).toMatch(/^authorizer/);
  });

  test.each(operations)('$path hands the whole request to the rest alias of its function', ({ path, Properties }) => {
    const { Type, Uri, IntegrationHttpMethod } = Properties.Integration as Record<string, unknown>;
    expect([Type, IntegrationHttpMethod]).toEqual(['AWS_PROXY', 'POST']);
    const [alias] = /"Ref":"([^"]*restAlias[^"]*)"/.exec(JSON.stringify(Uri))?.slice(1) ?? [];
    expect(vault.nameOf({ Ref: alias })).toBe(`${FUNCTION_OF[path.slice('/v1/apps/{app}/'.length) as Operation]}:rest`);
  });

  test.each(others)('$path answers 404 by itself, without a function and without what was sent', ({ Properties }) => {
    const { Type, Uri, IntegrationResponses } = Properties.Integration as Record<string, unknown>;
    expect([Type, Uri]).toEqual(['MOCK', undefined]);
    const answers = IntegrationResponses as { StatusCode: string; ResponseTemplates: Record<string, string> }[];
    expect(answers.map(({ StatusCode }) => StatusCode)).toEqual(['404']);
    for (const template of Object.values(answers[0]?.ResponseTemplates ?? {})) {
      expect(JSON.parse(template)).toEqual({
        type: 'about:blank',
        title: 'Not Found',
        status: 404,
        code: 'not-found',
        detail: 'no such route',
      });
    }
  });

  test('allow no other origin: a browser has no business with credentials of a vault', () => {
    expect(methods.filter(({ Properties }) => Properties.HttpMethod === 'OPTIONS')).toEqual([]);
    expect(JSON.stringify(vault.template.toJSON())).not.toContain('Access-Control-Allow');
  });
});

describe('the stage', () => {
  const [stage] = [...vault.ofType('AWS::ApiGateway::Stage').values()].map(({ Properties }) => Properties);
  const settings = (stage?.MethodSettings ?? []) as Record<string, unknown>[];

  test('writes no execution log and no data trace, and caches nothing', () => {
    expect(settings.length).toBeGreaterThan(0);
    for (const setting of settings) {
      expect(setting).toMatchObject({
        LoggingLevel: 'OFF',
        DataTraceEnabled: false,
        HttpMethod: '*',
        ResourcePath: '/*',
      });
      expect(setting.CachingEnabled ?? false).toBe(false);
    }
    expect(stage?.CacheClusterEnabled ?? false).toBe(false);
    expect(stage?.TracingEnabled ?? false).toBe(false);
    expect(stage).not.toHaveProperty('CanarySetting');
  });

  test('takes as many requests a second on each route as the settings say', () => {
    expect(settings[0]).toMatchObject({ ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 });
    const slower = [...synthesized({ requestsPerSecond: 5 }).ofType('AWS::ApiGateway::Stage').values()][0];
    expect(slower?.Properties.MethodSettings).toMatchObject([{ ThrottlingRateLimit: 5, ThrottlingBurstLimit: 10 }]);
  });

  test('logs who called which route and how that went, and nothing that was sent', () => {
    const { Format = '' } = (stage?.AccessLogSetting ?? {}) as { Format?: string };
    expect(JSON.parse(Format)).toEqual({
      requestId: '$context.requestId',
      requestTime: '$context.requestTime',
      principal: '$context.authorizer.principalId',
      route: '$context.resourcePath',
      method: '$context.httpMethod',
      status: '$context.status',
      responseLength: '$context.responseLength',
      latencyMs: '$context.responseLatency',
      errorType: '$context.error.responseType',
      sourceIp: '$context.identity.sourceIp',
    });
    // What a caller chooses: headers, bodies, the path as sent, a query, and the message that quotes a credential.
    for (const sent of ['error.message', 'header', 'body', '$context.path', 'query', 'userAgent', 'stageVariables']) {
      expect(Format).not.toContain(sent);
    }
  });
});

describe('the deployment', () => {
  const deploymentOf = (extend?: Parameters<typeof synthesized>[1]) =>
    [...synthesized({}, extend).ofType('AWS::ApiGateway::Deployment').keys()].join();
  const changed = (change: Partial<CfnAuthorizer>) => (stack: Stack) => {
    const isAuthorizer = (node: IConstruct): node is CfnAuthorizer => CfnAuthorizer.isCfnAuthorizer(node);
    const [authorizer] = stack.node.findAll().filter(isAuthorizer);
    expect(authorizer).toBeDefined();
    Object.assign(authorizer as object, change);
  };

  test('stays as it is when nothing changes', () => {
    expect(deploymentOf()).toBe(deploymentOf());
  });

  // Without a new deployment, the stage would keep the old authorizer.
  test.each<[string, Partial<CfnAuthorizer>]>([
    ['how long its answers are kept', { authorizerResultTtlInSeconds: 5 }],
    ['what it is asked by', { identitySource: 'method.request.header.Other' }],
    ['its function', { authorizerUri: 'arn:aws:apigateway:eu-central-1:lambda:path/other' }],
    ['its type', { type: 'TOKEN' }],
  ])('is a new one when the authorizer changes: %s', (_, change) => {
    expect(deploymentOf(changed(change))).not.toBe(deploymentOf());
  });
});

describe('what API Gateway says by itself', () => {
  const responses = [...vault.ofType('AWS::ApiGateway::GatewayResponse').values()].map(({ Properties }) => ({
    type: String(Properties.ResponseType),
    status: Number(Properties.StatusCode),
    headers: Properties.ResponseParameters as Record<string, string>,
    templates: Properties.ResponseTemplates as Record<string, string>,
  }));

  test('covers every kind of error, the two defaults included', () => {
    expect(Object.fromEntries(responses.map(({ type, status }) => [type, status]))).toEqual({
      UNAUTHORIZED: 401,
      ACCESS_DENIED: 403,
      MISSING_AUTHENTICATION_TOKEN: 404,
      REQUEST_TOO_LARGE: 413,
      WAF_FILTERED: 403,
      UNSUPPORTED_MEDIA_TYPE: 404,
      THROTTLED: 503,
      DEFAULT_4XX: 400,
      DEFAULT_5XX: 503,
    });
  });

  test.each(responses)(
    'on $type is problem details that no cache keeps and that repeat nothing of the request',
    (response) => {
      const { status, headers, templates } = response;
      expect(headers).toMatchObject({
        'gatewayresponse.header.Content-Type': "'application/problem+json'",
        'gatewayresponse.header.Cache-Control': "'no-store'",
      });
      expect(headers['gatewayresponse.header.Retry-After']).toBe(status === 503 ? "'1'" : undefined);
      expect(Object.keys(templates)).toEqual(['application/json']);
      const problem = JSON.parse(templates['application/json'] ?? '');
      expect(problem).toMatchObject({ type: 'about:blank', status, code: expect.stringMatching(/^[a-z-]+$/) });
      expect(JSON.stringify(response)).not.toContain('$');
    },
  );
});

describe('the address', () => {
  test('is regional, and takes only text', () => {
    const [api] = [...vault.ofType('AWS::ApiGateway::RestApi').values()].map(({ Properties }) => Properties);
    expect(api?.EndpointConfiguration).toEqual({ Types: ['REGIONAL'] });
    expect(api).not.toHaveProperty('BinaryMediaTypes');
    expect(vault.ofType('AWS::WAFv2::WebACLAssociation').size).toBe(0);
  });

  test('stands behind a web ACL when there is one', () => {
    const webAclArn = 'arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/mine/1234';
    const { template } = synthesized({ webAclArn });
    template.hasResourceProperties('AWS::WAFv2::WebACLAssociation', { WebACLArn: webAclArn });
  });

  test('is private when VPC endpoints are named: every other way in is refused', () => {
    const privateVpcEndpointIds = ['vpce-0123456789abcdef0'];
    const { ofType } = synthesized({ privateVpcEndpointIds });
    const [api] = [...ofType('AWS::ApiGateway::RestApi').values()].map(({ Properties }) => Properties);
    expect(api?.EndpointConfiguration).toEqual({ Types: ['PRIVATE'], VpcEndpointIds: privateVpcEndpointIds });
    const { Statement } = (api?.Policy ?? {}) as { Statement?: object[] };
    const everyRoute = { Principal: { AWS: '*' }, Action: 'execute-api:Invoke', Resource: 'execute-api:/*' };
    const Condition = { StringNotEquals: { 'aws:SourceVpce': privateVpcEndpointIds } };
    expect(Statement).toEqual([
      { ...everyRoute, Effect: 'Allow' },
      { ...everyRoute, Effect: 'Deny', Condition },
    ]);
  });

  test('has no test button that would get past all of that', () => {
    const arns = [...vault.ofType('AWS::Lambda::Permission').values()].map(({ Properties }) =>
      JSON.stringify(Properties.SourceArn),
    );
    expect(arns.filter((arn) => arn.includes('test-invoke-stage'))).toEqual([]);
  });
});

/** `/v1/apps/{app}/encrypt`, put together from its resources. */
function pathOf(resourceId: unknown): string {
  const { Ref: id } = resourceId as { Ref?: string };
  const resource = id === undefined ? undefined : vault.ofType('AWS::ApiGateway::Resource').get(id);
  if (!resource) return '';
  return `${pathOf(resource.Properties.ParentId)}/${resource.Properties.PathPart}`;
}
