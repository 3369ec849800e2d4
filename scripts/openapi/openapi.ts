// The OpenAPI document of the wire, made with zod-openapi from the schemas that check requests: docs/openapi.json.

import * as z from 'zod/mini';
import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiResponsesObject } from 'zod-openapi';
import { NAME_SHAPE } from '../../vault/domain/settings.ts';
import { blobField, openedField, redactedField } from '../../wire/decrypt.ts';
import { entry } from '../../wire/entry.ts';
import { eraseRefsRequest, eraseSubjectRequest } from '../../wire/erase.ts';
import { IDENTITY_SCHEMES, PROBLEM_TYPE } from '../../wire/headers.ts';
import { MAX_JSON_DEPTH, MAX_REQUEST_BYTES } from '../../wire/limits.ts';
import { openedBlob, refOfValue } from '../../wire/open-blob.ts';
import { OPERATIONS, type Operation } from '../../wire/operations.ts';
import { PROBLEM_CODES, PROBLEMS } from '../../wire/problem.ts';
import { DOCUMENTED } from './operations.ts';
import { problemResponse } from './problem.ts';

const DESCRIPTION = `A body is JSON in UTF-8 of at most ${MAX_REQUEST_BYTES} bytes, with at most ${MAX_JSON_DEPTH} objects and arrays inside one another. What JSON parsers change silently is refused: a name that an object has twice, half a surrogate pair, a number that would not come back as it was written, such as most integers beyond 2^53 (send it as a string).

Errors are problem details (RFC 9457) with a stable \`code\`. They hold no value of the request.`;

const app = z.string().check(z.regex(NAME_SHAPE));
app.register(z.globalRegistry, {
  description: 'The app, as the settings of the vault name it.',
  param: { example: 'shop' },
});

const HEADERS = {
  'Cache-Control': {
    description: 'No cache may keep an answer.',
    required: true,
    schema: { const: 'no-store' },
  },
  'Retry-After': {
    description: 'Seconds after which to try again.',
    required: true,
    schema: { type: 'integer', minimum: 0 },
  },
  'WWW-Authenticate': {
    // API Gateway renames the header when a function sends it, and not when it answers by itself.
    description: 'The schemes of the `Authorization` header. May come as `x-amzn-Remapped-WWW-Authenticate`.',
    schema: { const: IDENTITY_SCHEMES },
  },
} as const;

/** Parts of requests and answers that are types by themselves in generated clients. */
const PARTS = {
  OpenedField: openedField,
  BlobField: blobField,
  RedactedField: redactedField,
  OpenedBlob: openedBlob,
  RefOfValue: refOfValue,
  EraseSubjectRequest: eraseSubjectRequest,
  EraseRefsRequest: eraseRefsRequest,
  Entry: entry,
};

/** The document. It depends only on the schemas: the same schemas give the same document. */
export function openApiDocument(): ReturnType<typeof createDocument> {
  return createDocument({
    openapi: '3.1.0',
    info: {
      title: 'Daykey',
      version: '1',
      summary: 'A vault for sensitive data that must be gone in a day.',
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [
      {
        url: '{url}',
        variables: {
          url: {
            default: 'https://api-id.execute-api.eu-central-1.amazonaws.com/vault',
            description: "The stack's output `Url`, without the slash at its end.",
          },
        },
      },
    ],
    security: [{ apiToken: [] }, { awsRole: [] }],
    paths: Object.fromEntries(OPERATIONS.map((name) => [`/v1/apps/{app}/${name}`, { post: operationObject(name) }])),
    components: {
      schemas: {
        ...Object.fromEntries(
          OPERATIONS.flatMap((name) => [
            [componentName(name, 'Request'), DOCUMENTED[name].request],
            [componentName(name, 'Response'), DOCUMENTED[name].answer],
          ]),
        ),
        ...PARTS,
        Problem: problemResponse,
      },
      headers: HEADERS,
      securitySchemes: {
        apiToken: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'dkt_…',
          description: 'Outside AWS: an API token, `Authorization: Bearer dkt_…`.',
        },
        awsRole: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description:
            'Inside AWS: `Daykey-Aws …`, a request to STS that the caller signs for this one vault, and from which STS tells the vault the role of the caller. The SDK makes it; docs/aws-identity-format.md says how, byte by byte.',
        },
      },
    },
  });
}

function operationObject(name: Operation): ZodOpenApiOperationObject {
  const { summary, description, request, answer, example, links } = DOCUMENTED[name];
  const linkObjects = Object.entries(links).map(([to, requestBody]) => [
    `${name}-${to}`,
    { operationId: to, parameters: { app: '$request.path.app' }, requestBody },
  ]);
  return {
    operationId: name,
    summary,
    description,
    requestParams: { path: z.object({ app }) },
    requestBody: { required: true, content: { 'application/json': { schema: request, example: example.request } } },
    responses: {
      200: {
        description: summary,
        headers: headersOf(200),
        content: { 'application/json': { schema: answer, example: example.answer } },
        ...(linkObjects.length > 0 && { links: Object.fromEntries(linkObjects) }),
      },
      ...problemResponses(name),
    },
  };
}

/** A response for each status, with the codes that come with it. */
function problemResponses(operation: Operation): ZodOpenApiResponsesObject {
  const codes = PROBLEM_CODES.filter((code) => PROBLEMS[code].operations?.includes(operation) ?? true);
  const byStatus = Map.groupBy(codes, (code) => PROBLEMS[code].status);
  const responses = [...byStatus].map(([status, own]) => {
    return [
      status,
      {
        description: own.map((code) => `\`${code}\`: ${PROBLEMS[code].why}`).join('; '),
        headers: headersOf(status),
        // One type for all of them, so that generators of clients make one class.
        content: { [PROBLEM_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ];
  });
  return Object.fromEntries(responses);
}

function headersOf(status: number): Record<string, { $ref: string }> {
  const names: (keyof typeof HEADERS)[] = ['Cache-Control'];
  if (status === 401) names.push('WWW-Authenticate');
  if (status === 503) names.push('Retry-After');
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function componentName(operation: Operation, of: 'Request' | 'Response'): string {
  const words = operation.split('-').map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`);
  return `${words.join('')}${of}`;
}
