// Each way in which AWS cannot be reached or refuses has a separate message, which says what to set next.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { awsProblem, type Destination } from '../../../../client/cli/aws-problem.ts';
import { openVault } from '../../../../client/cli/open-vault.ts';
import { unavailable } from '../../../../lambda/aws/errors.ts';
import { atTerminal, type Ran } from '../../../support/operator.ts';

const AWS: Destination = { vaultFile: undefined, endpointUrl: undefined };

function problem(
  name: string,
  { message = 'in the words of AWS', ...more }: Record<string, unknown> = {},
  where = AWS,
) {
  return awsProblem(Object.assign(new Error(String(message)), { name, $metadata: {}, ...more }), where)?.message;
}

describe('what AWS answers', () => {
  test.each([
    ['ExpiredToken', 'the AWS credentials have expired: sign in again'],
    ['ExpiredTokenException', 'the AWS credentials have expired: sign in again'],
    ['InvalidClientTokenId', 'AWS does not know these credentials (InvalidClientTokenId): check AWS_PROFILE'],
    ['UnrecognizedClientException', 'AWS does not know these credentials'],
    ['SignatureDoesNotMatch', 'check AWS_SECRET_ACCESS_KEY and the clock of this machine'],
    ['InvalidSignatureException', 'check AWS_SECRET_ACCESS_KEY and the clock of this machine'],
    ['AccessDenied', 'AWS denies access: in the words of AWS. Use other credentials (AWS_PROFILE)'],
    ['AccessDeniedException', 'AWS denies access: in the words of AWS. Use other credentials (AWS_PROFILE)'],
    ['Throttling', 'AWS throttles this account (Throttling): try again in a minute'],
    ['ThrottlingException', 'try again in a minute'],
    ['InternalFailure', 'AWS answered InternalFailure: in the words of AWS'],
  ])('%s', (name, says) => {
    expect(problem(name)).toContain(says);
  });

  test('is found behind the error of an adapter', () => {
    const cause = Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: {} });
    expect(awsProblem(unavailable('read the key ring', 'AccessDeniedException', cause), AWS)?.message).toContain(
      'AWS denies access: no.',
    );
  });

  test('is said of who answered', () => {
    const endpointUrl = 'http://127.0.0.1:4566';
    expect(problem('NotFound', {}, { ...AWS, endpointUrl })).toMatch(/^http:\/\/127\.0\.0\.1:4566 answered NotFound/);
    expect(problem('NotFound', {}, { endpointUrl, vaultFile: 'a.json' })).toMatch(/^the vault of a\.json answered/);
  });
});

describe('an address where nothing answers', () => {
  const refused = { code: 'ECONNREFUSED', syscall: 'connect' };

  test('is that of AWS_ENDPOINT_URL', () => {
    expect(problem('Error', refused, { ...AWS, endpointUrl: 'http://127.0.0.1:9' })).toBe(
      'nothing answers at http://127.0.0.1:9 (ECONNREFUSED): start what AWS_ENDPOINT_URL names, or unset it',
    );
  });

  test('is that of a local vault that has ended', () => {
    expect(problem('Error', refused, { ...AWS, vaultFile: '.local/vault.json' })).toBe(
      'the vault of .local/vault.json does not answer (ECONNREFUSED): it has ended, so run `npm start` again',
    );
  });

  test('is that of a Region that there is not', () => {
    const more = { code: 'ENOTFOUND', hostname: 'cloudformation.eu-central-9.amazonaws.com' };
    expect(problem('Error', more)).toBe(
      'cloudformation.eu-central-9.amazonaws.com cannot be reached (ENOTFOUND): check AWS_REGION and the network',
    );
  });

  test('is one that takes no connection in time', () => {
    expect(problem('TimeoutError')).toContain('AWS cannot be reached (TimeoutError): check AWS_REGION');
  });
});

describe('credentials', () => {
  test('of a session that has expired are to be renewed', () => {
    const message = "Token is expired. To refresh this SSO session run 'aws sso login' with the corresponding profile.";
    expect(problem('CredentialsProviderError', { message })).toContain('have expired: sign in again');
    expect(problem('TokenProviderError', { message })).toContain('have expired: sign in again');
  });

  test("of a profile that cannot be used are explained in the SDK's words", () => {
    const message = 'Profile admin requires source_profile';
    expect(problem('CredentialsProviderError', { message })).toContain(`no AWS credentials found (${message}): set`);
  });
});

test('any other error is none of AWS, and stays what it is', () => {
  expect(awsProblem(new TypeError('a fault'), AWS)).toBeUndefined();
  expect(awsProblem('a text', AWS)).toBeUndefined();
});

describe('with the real SDK, each cause is named in one line:', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'one', AWS_SECRET_ACCESS_KEY: 'two' };
  const REGION = { AWS_REGION: 'eu-central-1' };
  const OR_LOCAL = 'For the vault that `npm start` runs, add --vault .local/vault.json.';

  /** Runs a command in an environment that holds these variables and nothing else of AWS. */
  function inEnvironment(variables: Record<string, string>, ...args: string[]): Promise<Ran> {
    const own = Object.keys(process.env).filter((name) => /^(AWS_|HOME$)/.test(name));
    for (const name of own) vi.stubEnv(name, undefined);
    const environment = {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_MAX_ATTEMPTS: '1',
      HOME: '/nonexistent',
      ...variables,
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    return atTerminal({ openVault, environment })('audit', '--app', 'shop', ...args);
  }

  test.each<[what: string, environment: Record<string, string>, says: string]>([
    [
      'no credentials',
      REGION,
      `no AWS credentials found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. ${OR_LOCAL}`,
    ],
    ['no Region', KEYS, `no AWS Region is set: set AWS_REGION, or AWS_PROFILE to a profile with a region. ${OR_LOCAL}`],
    [
      'a Region that is none',
      { ...KEYS, AWS_REGION: 'eu central' },
      'AWS_REGION is no Region: set it to one like eu-central-1',
    ],
    [
      'an endpoint where nothing answers',
      { ...KEYS, ...REGION, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' },
      'nothing answers at http://127.0.0.1:9 (ECONNREFUSED): start what AWS_ENDPOINT_URL names, or unset it',
    ],
    [
      'an endpoint that is no address',
      { ...KEYS, ...REGION, AWS_ENDPOINT_URL: '127.0.0.1:4566' },
      'AWS_ENDPOINT_URL is no address: write it like http://127.0.0.1:4566, or unset it',
    ],
    [
      'an endpoint without a scheme',
      { ...KEYS, ...REGION, AWS_ENDPOINT_URL: 'localhost:4566' },
      'AWS_ENDPOINT_URL is no address: write it like http://127.0.0.1:4566, or unset it',
    ],
  ])('%s', async (_, variables, says) => {
    expect(await inEnvironment(variables)).toEqual({ code: 1, stdout: '', stderr: `daykey: ${says}\n` });
  });

  test('a refusal, as AWS said it', async () => {
    const server = createServer((_, response) => {
      response.writeHead(403, { 'Content-Type': 'text/xml' });
      response.end(
        '<ErrorResponse><Error><Code>AccessDenied</Code><Message>User one is not authorized to perform: cloudformation:DescribeStacks</Message></Error></ErrorResponse>',
      );
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const AWS_ENDPOINT_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const { code, stderr } = await inEnvironment({ ...KEYS, ...REGION, AWS_ENDPOINT_URL });
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr:
          'daykey: AWS denies access: User one is not authorized to perform: cloudformation:DescribeStacks. Use other credentials (AWS_PROFILE), or allow it to these\n',
      });
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  test('a local vault that has ended, in any environment', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'daykey-ended-'));
    try {
      const file = join(folder, 'vault.json');
      const credentials = { accessKeyId: 'one', secretAccessKey: 'two' };
      const vault = { stack: 'Daykey', endpoint: 'http://127.0.0.1:9', region: 'us-east-1', credentials };
      writeFileSync(file, JSON.stringify(vault));
      const { code, stderr } = await inEnvironment({ AWS_PROFILE: 'gone' }, '--vault', file);
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `daykey: the vault of ${file} does not answer (ECONNREFUSED): it has ended, so run \`npm start\` again\n`,
      });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
