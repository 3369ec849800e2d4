// schemathesis: the deployed API does what docs/openapi.json says, for generated requests, valid and invalid.

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, inject, test } from 'vitest';
import { openApiDocument } from '../../../scripts/openapi/openapi.ts';
import { DOCUMENTED } from '../../../scripts/openapi/operations.ts';
import { rfc3339 } from '../../../vault/domain/instant.ts';
import { DEFAULT_LIFE } from '../../../vault/domain/kek-life/life.ts';
import { OPERATIONS } from '../../../wire/operations.ts';
import { present } from '../../support/envelope.ts';
import { bearerOf, integrationNamed } from '../../support/vault.ts';
import { judged } from '../judge.ts';

interface Trial {
  readonly report: Report;
  readonly said: string;
}

/** The parts of a report that the tests read. */
interface Report {
  readonly complete: boolean;
  readonly errors: readonly unknown[];
  readonly phases: Readonly<Record<string, { readonly status: string }>>;
  readonly failures: readonly { readonly title: string; readonly operations: readonly string[] }[];
  /** How many valid requests were accepted, by operation and phase. */
  readonly valid_rates: Readonly<Record<string, Readonly<Record<string, { readonly accepted: number }>>>>;
  readonly warnings: { readonly missing_auth: readonly string[] };
}

type Schema = { [name: string]: unknown };
interface Document {
  readonly paths: Readonly<Record<string, { readonly post: { readonly parameters: readonly [{ schema: Schema }] } }>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly properties?: Schema }>> };
}

const INTEGRATION = 'desk';
// Far longer than it takes, for a busy machine.
const TIMEOUT_MS = 540_000;
const routeOf = (operation: string) => `/v1/apps/{app}/${operation}`;

describe('the deployed vault', () => {
  let trial: Trial;
  beforeAll(async () => {
    trial = await tried(inject('vault').url, bearerOf(INTEGRATION), asLocalVaultTakesIt());
  }, TIMEOUT_MS);

  test.each(OPERATIONS)('%s does what the document says', (operation) => {
    const { failures, valid_rates } = trial.report;
    const own = failures.filter(({ operations }) => operations.some((label) => label.endsWith(routeOf(operation))));
    expect(own, trial.said).toEqual([]);
    const accepted = Object.values(present(valid_rates[`POST ${routeOf(operation)}`])).map((phase) => phase.accepted);
    expect(accepted.reduce((sum, count) => sum + count)).toBeGreaterThan(10);
  });

  test('nothing fails between operations, and every phase ran to its end', () => {
    const { complete, errors, failures, phases } = trial.report;
    expect({ complete, errors, failures }, trial.said).toEqual({ complete: true, errors: [], failures: [] });
    for (const phase of ['examples', 'coverage', 'fuzzing', 'stateful']) expect(phases[phase]?.status).toBe('success');
  });

  test('every link of the document was followed', () => {
    const links = Object.values(DOCUMENTED).flatMap((operation) => Object.keys(operation.links)).length;
    expect(trial.said).toMatch(new RegExp(`API Links: +${links} covered / ${links} selected / ${links} total`));
  });

  test(
    'an unknown caller gets 401, as documented',
    async () => {
      const { url } = inject('vault');
      const { report, said } = await tried(url, 'Bearer dkt_unknown', openApiDocument(), ['--phases', 'examples']);
      expect(report.failures, said).toEqual([]);
      expect([...report.warnings.missing_auth].sort()).toEqual(
        OPERATIONS.map((name) => `POST ${routeOf(name)}`).sort(),
      );
    },
    TIMEOUT_MS,
  );
});

test(
  'an API that needs no identity, accepts everything and answers something else is found out',
  async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.setHeader('Content-Type', 'application/json').end('{"erased":-1}');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const args = ['--phases', 'examples,coverage', '--include-path', routeOf('erase')];
      const { report } = await tried(url, 'Bearer dkt_any', openApiDocument(), args);
      expect(report.failures.map(({ title }) => title)).toEqual(
        expect.arrayContaining([
          'API accepts requests without authentication',
          'Response violates schema',
          'Missing required response headers',
          'Schema-violating request accepted',
        ]),
      );
    } finally {
      server.close();
    }
  },
  TIMEOUT_MS,
);

/** The document narrowed to the settings of the local vault: its app, and the lives that it accepts. */
function asLocalVaultTakesIt(): unknown {
  const document = structuredClone(openApiDocument()) as unknown as Document;
  for (const { post } of Object.values(document.paths)) {
    post.parameters[0].schema = { const: integrationNamed(INTEGRATION).app };
  }
  for (const { properties = {} } of Object.values(document.components.schemas)) {
    if ('ttlSeconds' in properties) Object.assign(properties.ttlSeconds as Schema, { maximum: DEFAULT_LIFE.maxTtlS });
    // Whether an entry may carry a blob is for its type to say, which no schema knows.
    if ('entry' in properties) delete properties.blob;
    if ('notAfter' in properties) properties.notAfter = { const: rfc3339(Math.floor(Date.now() / 1000) + 3600) };
  }
  return document;
}

async function tried(
  url: string,
  authorization: string,
  document: unknown,
  args: readonly string[] = [],
): Promise<Trial> {
  const textOf = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');
  const headers = `[headers]\nAuthorization = ${JSON.stringify(authorization)}\n`;
  const { stdout, stderr, report } = await judged(
    'schemathesis',
    [
      'run',
      'openapi.json',
      '--url',
      url,
      '--checks',
      'all',
      '--report',
      'json',
      '--report-json-path',
      'report.json',
      ...args,
    ],
    {
      'openapi.json': document,
      'schemathesis.toml': `${textOf('schemathesis.toml')}\n${headers}`,
      'integers.py': textOf('integers.py'),
    },
    { timeoutMs: TIMEOUT_MS, reportFile: 'report.json' },
  );
  if (report === undefined) throw new Error(`schemathesis left no report:\n${stdout}${stderr}`);
  return { report: report as Report, said: stdout };
}
