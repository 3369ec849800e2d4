// The REST API: one route an operation, the authorizer in front, problem details for everything that API Gateway answers itself.

import { Duration, Lazy, RemovalPolicy } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type CfnAuthorizer,
  EndpointType,
  IdentitySource,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  MockIntegration,
  PassthroughBehavior,
  RequestAuthorizer,
  ResponseType,
  RestApi,
  type RestApiProps,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { InterfaceVpcEndpoint } from 'aws-cdk-lib/aws-ec2';
import { AnyPrincipal, type CfnRole, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import type { IAlias } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';
import type { DomainProps } from '../vault/domain/settings/props.ts';
import { problemHeaders } from '../wire/headers.ts';
import type { Operation } from '../wire/operations.ts';
import { type ProblemCode, problem } from '../wire/problem.ts';
import type { VaultFunction } from './vault-function.ts';

export interface ApiProps {
  readonly vaultName: string;
  /** The alias behind each route. */
  readonly routes: Readonly<Record<Operation, IAlias>>;
  readonly authorizer: VaultFunction;
  readonly requestsPerSecond: number;
  readonly logRetentionDays: number;
  /** ARN of a WAFv2 web ACL to put before the stage. */
  readonly webAclArn: string | undefined;
  /** The only VPC endpoints that the API is reached through; none: it is regional. */
  readonly privateVpcEndpointIds: readonly string[];
  readonly logKey: IKey | undefined;
  /** The name by which alone the API is reached. */
  readonly domain: DomainProps | undefined;
  /** Whether to set the role through which API Gateway logs in this account and Region. */
  readonly cloudWatchRole: boolean;
  /** Path of that role. */
  readonly rolePath: string;
}

/** The one stage of the API. */
export const STAGE = 'vault';

/** How long API Gateway replays an authorizer's answer. The functions look for themselves, so it is an early filter only. */
const AUTHORIZER_CACHE = Duration.seconds(60);

// The test button of AWS's console would call a function past throttling, web ACL and endpoint policy, and show bodies on screen.
export const NO_CONSOLE_TEST = { allowTestInvoke: false };

// What API Gateway answers by itself, status by status. Its own texts may repeat the credential that was sent.
const GATEWAY_PROBLEMS: readonly (readonly [type: ResponseType, code: ProblemCode, detail?: string])[] = [
  [ResponseType.UNAUTHORIZED, 'unauthenticated'],
  [ResponseType.ACCESS_DENIED, 'forbidden'],
  [ResponseType.WAF_FILTERED, 'blocked'],
  // Only the catch-all raises it, for a body that is not JSON on an unknown route.
  [ResponseType.UNSUPPORTED_MEDIA_TYPE, 'not-found'],
  [ResponseType.MISSING_AUTHENTICATION_TOKEN, 'not-found'],
  [ResponseType.REQUEST_TOO_LARGE, 'too-large'],
  [ResponseType.THROTTLED, 'unavailable', 'too many requests: try again'],
  [ResponseType.DEFAULT_4XX, 'invalid-request'],
  [ResponseType.DEFAULT_5XX, 'unavailable'],
];

/** `POST {url}/v1/apps/{app}/{operation}`. */
export class Api extends Construct {
  readonly restApi: RestApi;
  /** Where callers reach it, with a slash at its end. */
  readonly url: string;
  /** Where the DNS must point the domain; only with one. */
  readonly domainTarget: string | undefined;

  constructor(scope: Construct, id: string, props: ApiProps) {
    super(scope, id);
    const accessLog = new LogGroup(this, 'AccessLog', {
      retention: props.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.logKey && { encryptionKey: props.logKey }),
    });
    this.restApi = new RestApi(this, 'Api', {
      // API Gateway's metrics identify an API only by its name.
      restApiName: props.vaultName,
      description: 'Daykey: sensitive data that is gone in a day',
      ...this.endpoint(props.privateVpcEndpointIds),
      ...this.domain(props.domain),
      cloudWatchRole: props.cloudWatchRole,
      deployOptions: {
        stageName: STAGE,
        throttlingRateLimit: props.requestsPerSecond,
        throttlingBurstLimit: props.requestsPerSecond * 2,
        // Execution logs and data traces would hold bodies, and bodies hold plaintext.
        loggingLevel: MethodLoggingLevel.OFF,
        dataTraceEnabled: false,
        accessLogDestination: new LogGroupLogDestination(accessLog),
        accessLogFormat: ACCESS_LOG_FORMAT,
      },
    });
    const logRole = this.restApi.node.tryFindChild('CloudWatchRole')?.node.defaultChild as CfnRole | undefined;
    if (logRole && props.rolePath !== '/') logRole.path = props.rolePath;
    this.url = props.domain === undefined ? this.restApi.url : `https://${props.domain.name}/`;
    this.domainTarget = this.restApi.domainName?.domainNameAliasDomainName;
    const authorizer = new RequestAuthorizer(this, 'Authorizer', {
      handler: props.authorizer.function,
      identitySources: [IdentitySource.header('Authorization')],
      resultsCacheTtl: AUTHORIZER_CACHE,
    });
    this.deployWith(authorizer);
    const app = this.restApi.root.addResource('v1').addResource('apps').addResource('{app}');
    for (const [operation, alias] of Object.entries(props.routes)) {
      app.addResource(operation).addMethod('POST', new LambdaIntegration(alias, NO_CONSOLE_TEST), { authorizer });
    }
    this.addGatewayProblems();
    this.refuseUnknownRoutes();
    if (props.webAclArn !== undefined) {
      const { stageArn } = this.restApi.deploymentStage;
      new CfnWebACLAssociation(this, 'WebAcl', { resourceArn: stageArn, webAclArn: props.webAclArn });
    }
  }

  /**
   * Makes a change of the authorizer a new deployment. Otherwise the stage would keep the old authorizer, unless the CDK app sets
   * a feature flag.
   */
  private deployWith(authorizer: RequestAuthorizer): void {
    const it = authorizer.node.defaultChild as CfnAuthorizer;
    this.restApi.latestDeployment?.addToLogicalId(
      Lazy.any({
        produce: () => [it.type, it.authorizerUri, it.identitySource, it.authorizerResultTtlInSeconds],
      }),
    );
  }

  /** The domain, without the address of API Gateway beside it. */
  private domain(domain: DomainProps | undefined): Pick<RestApiProps, 'domainName' | 'disableExecuteApiEndpoint'> {
    if (!domain) return {};
    const certificate = Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn);
    return {
      domainName: { domainName: domain.name, certificate, securityPolicy: SecurityPolicy.TLS_1_2 },
      disableExecuteApiEndpoint: true,
    };
  }

  /** Regional; or private, and then the API's own policy refuses every other way in. */
  private endpoint(vpcEndpointIds: readonly string[]): Pick<RestApiProps, 'endpointConfiguration' | 'policy'> {
    if (vpcEndpointIds.length === 0) return { endpointConfiguration: { types: [EndpointType.REGIONAL] } };
    const vpcEndpoints = vpcEndpointIds.map((vpcEndpointId, number) =>
      InterfaceVpcEndpoint.fromInterfaceVpcEndpointAttributes(this, `VpcEndpoint${number}`, {
        vpcEndpointId,
        port: 443,
      }),
    );
    const everyRoute = {
      principals: [new AnyPrincipal()],
      actions: ['execute-api:Invoke'],
      resources: ['execute-api:/*'],
    };
    return {
      endpointConfiguration: { types: [EndpointType.PRIVATE], vpcEndpoints },
      policy: new PolicyDocument({
        statements: [
          new PolicyStatement({ ...everyRoute, effect: Effect.ALLOW }),
          new PolicyStatement({
            ...everyRoute,
            effect: Effect.DENY,
            conditions: { StringNotEquals: { 'aws:SourceVpce': [...vpcEndpointIds] } },
          }),
        ],
      }),
    };
  }

  private addGatewayProblems(): void {
    for (const [type, code, detail] of GATEWAY_PROBLEMS) {
      const body = problem(code, detail);
      this.restApi.addGatewayResponse(`Gateway${type.responseType}`, {
        type,
        statusCode: String(body.status),
        responseHeaders: quotedHeaders(code),
        templates: { 'application/json': JSON.stringify(body) },
      });
    }
  }

  /** A catch-all route. Without one, API Gateway's answer to an unknown path repeats the credential. */
  private refuseUnknownRoutes(): void {
    const body = problem('not-found');
    const statusCode = String(body.status);
    const headers = Object.entries(quotedHeaders(body.code)).map(
      ([name, value]) => [`method.response.header.${name}`, value] as const,
    );
    const notFound = new MockIntegration({
      passthroughBehavior: PassthroughBehavior.NEVER,
      requestTemplates: { 'application/json': JSON.stringify({ statusCode: body.status }) },
      integrationResponses: [
        {
          statusCode,
          responseParameters: Object.fromEntries(headers),
          responseTemplates: { 'application/json': JSON.stringify(body) },
        },
      ],
    });
    // Added to the root as well, which {proxy+} does not match; the proxy's own `anyMethod` would leave that one empty.
    this.restApi.root.addProxy({ anyMethod: false }).addMethod('ANY', notFound, {
      methodResponses: [{ statusCode, responseParameters: Object.fromEntries(headers.map(([name]) => [name, true])) }],
    });
  }
}

/** Headers of a problem as API Gateway takes them: each value a literal in quotation marks. */
function quotedHeaders(code: ProblemCode): Record<string, string> {
  return Object.fromEntries(Object.entries(problemHeaders(code)).map(([name, value]) => [name, `'${value}'`]));
}

// Neither bodies nor headers, nor $context.error.message, which quotes what was sent.
const ACCESS_LOG_FORMAT = AccessLogFormat.custom(
  JSON.stringify({
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
  }),
);
