// The OpenAPI document of the wire, made from the schemas that requests are checked with: docs/openapi.json.

import * as z from 'zod/mini';
import { IDENTITY_SCHEMES, PROBLEM_TYPE } from '../../wire/headers.ts';
import type { Operation } from '../../wire/operations.ts';
import { PROBLEM_CODES, PROBLEMS } from '../../wire/problem.ts';
import { DOCUMENTED, type DocumentedOperation } from './operations.ts';
import { problemResponse } from './problem.ts';
import { FIDELITY, type JsonSchema, words } from './words.ts';

type Json = { readonly [name: string]: unknown };

const HEADERS: Readonly<Record<string, Json>> = {
  'Cache-Control': {
    ...{ description: 'Nothing in between may keep an answer.', required: true },
    schema: { const: 'no-store' },
  },
  'Retry-After': {
    ...{ description: 'Seconds after which to try again.', required: true },
    schema: { type: 'integer', minimum: 0 },
  },
  // API Gateway renames that of a function; its own goes out as it is.
  'WWW-Authenticate': {
    description: 'The schemes that an identity may come in. May come as `x-amzn-Remapped-WWW-Authenticate`.',
    schema: { const: IDENTITY_SCHEMES },
  },
};

/** The document, as JSON. Pure: the same schemas always make the same one. */
export function openApiDocument(): Json {
  const operations = Object.entries(DOCUMENTED) as [Operation, DocumentedOperation][];
  return {
    openapi: '3.1.0',
    info: {
      title: 'Daykey',
      version: '1',
      summary: 'A vault for sensitive data that must be gone in a day.',
      description: `${FIDELITY}\n\nErrors are problem details (RFC 9457) with a stable \`code\`, and hold no value of the request.`,
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
    paths: Object.fromEntries(
      operations.map(([name, operation]) => [`/v1/apps/{app}/${name}`, { post: pathItem(name, operation) }]),
    ),
    components: {
      schemas: {
        ...Object.fromEntries(
          operations.flatMap(([name, { request, answer }]) => [
            [schemaName(name, 'Request'), jsonSchema(request)],
            [schemaName(name, 'Response'), jsonSchema(answer)],
          ]),
        ),
        Problem: jsonSchema(problemResponse),
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
          ...{ type: 'apiKey', in: 'header', name: 'Authorization' },
          description:
            'Inside AWS: `Daykey-Aws …`, a signed request to STS for this one vault, which has STS say whose role it is. The SDK makes it.',
        },
      },
    },
  };
}

function pathItem(name: Operation, { summary, description, example, links }: DocumentedOperation): Json {
  const body = (of: 'Request' | 'Response', value: object) => ({
    'application/json': { schema: ref('schemas', schemaName(name, of)), example: value },
  });
  return {
    ...{ operationId: name, summary, description },
    parameters: [
      {
        ...{ name: 'app', in: 'path', required: true, description: 'The app, as the settings of the vault name it.' },
        ...{ schema: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,62}$' }, example: 'shop' },
      },
    ],
    requestBody: { required: true, content: body('Request', example.request) },
    responses: {
      200: {
        description: summary,
        headers: headersOf(200),
        content: body('Response', example.answer),
        ...(Object.keys(links).length > 0 ? { links: linksOf(name, links) } : {}),
      },
      ...refusals(name),
    },
  };
}

/** One answer for each status, with the codes that come with it. */
function refusals(operation: Operation): Json {
  const codes = PROBLEM_CODES.filter((code) => PROBLEMS[code].operations?.includes(operation) ?? true);
  const statuses = [...new Set(codes.map((code) => PROBLEMS[code].status))];
  return Object.fromEntries(
    statuses.map((status) => {
      const own = codes.filter((code) => PROBLEMS[code].status === status);
      const properties = { status: { const: status }, code: { enum: own } };
      return [
        status,
        {
          description: own.map((code) => `\`${code}\`: ${PROBLEMS[code].why}`).join('; '),
          headers: headersOf(status),
          content: { [PROBLEM_TYPE]: { schema: { allOf: [ref('schemas', 'Problem'), { properties }] } } },
        },
      ];
    }),
  );
}

function linksOf(from: string, links: DocumentedOperation['links']): Json {
  return Object.fromEntries(
    Object.entries(links).map(([to, requestBody]) => [
      `${from}-${to}`,
      { operationId: to, parameters: { app: '$request.path.app' }, requestBody },
    ]),
  );
}

function headersOf(status: number): Json {
  const names = [
    'Cache-Control',
    ...(status === 401 ? ['WWW-Authenticate'] : []),
    ...(status === 503 ? ['Retry-After'] : []),
  ];
  return Object.fromEntries(names.map((name) => [name, ref('headers', name)]));
}

/** @throws Error for a schema that is checked by a function and whose shape nobody wrote down. */
function jsonSchema(schema: z.ZodMiniType): JsonSchema {
  const shapeless = new Set<string>();
  const { $schema: _, ...own } = z.toJSONSchema(schema, {
    io: 'input',
    metadata: words,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema, path }) => {
      if (zodSchema._zod.def.type !== 'custom') return;
      // A schema with checks comes up after the one without, at the same place: what is known of it is known of both.
      if (jsonSchema.type === undefined) shapeless.add(path.join('.'));
      else shapeless.delete(path.join('.'));
    },
  });
  if (shapeless.size > 0) throw new Error(`shapes are missing in openapi-words.ts: ${[...shapeless].join(', ')}`);
  return own;
}

function ref(section: 'schemas' | 'headers', name: string): Json {
  return { $ref: `#/components/${section}/${name}` };
}

function schemaName(operation: string, of: 'Request' | 'Response'): string {
  return `${operation.charAt(0).toUpperCase()}${operation.slice(1)}${of}`;
}
