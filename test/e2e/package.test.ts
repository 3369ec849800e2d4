// The packed package from an empty folder to a deployed vault, on this machine's own Node: the commands that a reader would type.

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { emulatedApiUrl } from '../../lambda/config.ts';
import { emulatorEnvironment } from '../../local/cdk.ts';
import { clientFor } from '../../local/emulator-client.ts';
import { builtPackage } from '../../scripts/package/build.ts';
import { present } from '../support/envelope.ts';
import { installedPackage, run } from '../support/installed-package.ts';

const STACK = 'ShopVault';
const DESK_STACK = 'PackedDesk';
const DEPLOY = ['deploy', '--require-approval', 'never', '--outputs-file', 'outputs.json'];

let folder: string;
/** What `npx daykey init shop` made. */
let shop: string;
let outputs: Record<string, string>;
let token: string;

/** Runs a command as a reader's terminal would, with the emulator as AWS. Other tests go first on a busy machine. */
function command(cwd: string, ...words: readonly string[]): string {
  const own = Object.entries(process.env).filter(
    // What npm and the test runner say to their own children.
    ([name]) => !/^(npm_(?!config_(registry|cache)$)|VITEST|NODE_)/.test(name),
  );
  const path = (process.env.PATH ?? '').split(delimiter).filter((each) => !/node_modules/.test(each));
  return run('nice', ['-n', '10', ...words], cwd, {
    ...Object.fromEntries(own),
    PATH: path.join(delimiter),
    ...emulatorEnvironment(clientFor(inject('endpoint'))),
  });
}

const outputsIn = (cwd: string, stack: string) =>
  (JSON.parse(readFileSync(join(cwd, 'outputs.json'), 'utf8')) as Record<string, Record<string, string>>)[stack] ?? {};

function urlOnEmulator(): string {
  const { hostname, pathname } = new URL(outputs.Url ?? '');
  return emulatedApiUrl(inject('endpoint'), hostname.split('.')[0] ?? '', pathname.replaceAll('/', ''));
}

/** A program of the shop that seals an address and opens it again. It prints the ref and what it opened. */
function sealAndOpen(file: string, start: string): { ref: string; opened: string } {
  const options = `{ app: 'shop', url: '${urlOnEmulator()}', identity: apiToken('${token}') }`;
  const program = `${start}
(async () => {
  const vault = new Daykey(${options});
  const { refs } = await vault.encrypt({ email: 'maya@example.org' });
  const { email } = await vault.decrypt(refs);
  console.log(JSON.stringify({ ref: refs.email, opened: email.status === 'ok' ? email.value.reveal() : email.status }));
})();
`;
  writeFileSync(join(shop, file), program);
  return JSON.parse(command(shop, 'node', file));
}

beforeAll(async () => {
  const { tarball } = await builtPackage();
  folder = mkdtempSync(join(tmpdir(), 'daykey-e2e-'));
  shop = join(folder, 'shop');
  const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
  command(folder, 'npm', 'install', tarball, ...quiet);
  command(folder, 'npx', 'daykey', 'init', 'shop');
  command(shop, 'npm', 'install', ...quiet);
  command(shop, 'npm', 'test');
  command(shop, 'npx', 'cdk', 'synth', '--quiet');
  command(shop, 'npx', 'cdk', ...DEPLOY, '--app', 'cdk.out');
  outputs = outputsIn(shop, STACK);
  const issue = ['token', 'issue', '--stack', STACK, '--app', 'shop', '--integration', 'web', '--expires-in', '1h'];
  token = command(shop, 'npx', 'daykey', ...issue).trim();
}, 900_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the app of `npx daykey init` has no bundler, and deploys a vault', () => {
  for (const name of ['esbuild', 'typescript']) expect(existsSync(join(shop, 'node_modules', name))).toBe(false);
  expect(outputs.Audience).toMatch(/^daykey:\d{12}:[a-z0-9-]+:ShopVault$/);
});

test.each([
  ['an ECMAScript module', 'program.mjs', "import { apiToken, Daykey } from 'daykey';"],
  ['a CommonJS module', 'program.cjs', "const { apiToken, Daykey } = require('daykey');"],
])('%s seals and opens', (_, file, start) => {
  expect(sealAndOpen(file, start).opened).toBe('maya@example.org');
});

test('a function of another stack is trusted by its role and opens what others sealed, with a second copy of the CDK', async () => {
  const desk = join(folder, 'desk');
  mkdirSync(desk);
  const installed = installedPackage(desk, (await builtPackage()).tarball);
  installed.provide('@smithy/signature-v4', 'fastest-levenshtein', 'lru-cache', 'zod', '@aws-sdk/client-lambda');
  // The app has one copy of the CDK, and the package finds another one.
  installed.provide('aws-cdk-lib', 'constructs');
  mkdirSync(join(desk, 'node_modules/daykey/node_modules'));
  for (const name of ['aws-cdk-lib', 'constructs']) {
    symlinkSync(join(shop, 'node_modules', name), join(desk, 'node_modules/daykey/node_modules', name));
  }
  const handler = installed.write('handler.cjs', HANDLER);
  await build({ entryPoints: [handler], outfile: join(desk, 'bundle/index.js'), bundle: true, platform: 'node' });
  installed.write('app.cjs', DESK_APP);
  installed.write('vault.json', JSON.stringify(outputs));
  command(desk, join(shop, 'node_modules/.bin/cdk'), ...DEPLOY, '--app', 'node app.cjs');
  const { FunctionName } = outputsIn(desk, DESK_STACK);

  const { ref } = sealAndOpen('program.mjs', "import { apiToken, Daykey } from 'daykey';");
  const invoke = new InvokeCommand({ FunctionName, Payload: JSON.stringify({ email: ref }) });
  const { Payload } = await new LambdaClient(clientFor(inject('endpoint'))).send(invoke);
  expect(JSON.parse(Buffer.from(present(Payload)).toString())).toBe('maya@example.org');
}, 600_000);

/** The CDK app of the other stack, in CommonJS. */
const DESK_APP = `
const { App, CfnOutput, Stack } = require('aws-cdk-lib');
const { Code, Function: LambdaFunction, Runtime } = require('aws-cdk-lib/aws-lambda');
const { DaykeyVault } = require('daykey/cdk');
const { Url, FunctionDecrypt, ConfigureAppArn } = require('./vault.json');

const app = new App({ builtinCloudFormationValidation: false });
const stack = new Stack(app, '${DESK_STACK}');
const vault = DaykeyVault.fromAttributes(stack, 'Vault', {
  vaultName: '${STACK}',
  url: Url,
  functionArns: { decrypt: FunctionDecrypt },
  configureAppArn: ConfigureAppArn,
});
const desk = new LambdaFunction(stack, 'Desk', {
  runtime: Runtime.NODEJS_24_X,
  handler: 'index.handler',
  code: Code.fromAsset('bundle'),
  environment: { AUDIENCE: vault.audience, DECRYPT: vault.functionArn('decrypt') },
});
vault.grantInvoke(desk, 'decrypt');
vault.trust('shop', 'desk', desk.role);
new CfnOutput(stack, 'FunctionName', { value: desk.functionName });
`;

/** Its function, which has nothing but its role. */
const HANDLER = `
const { awsIdentity, Daykey } = require('daykey');
const { lambdaTransport } = require('daykey/lambda');
const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_REGION, AUDIENCE, DECRYPT } = process.env;

const identity = awsIdentity({
  audience: AUDIENCE,
  region: AWS_REGION,
  credentials: {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    sessionToken: AWS_SESSION_TOKEN,
  },
});
const vault = new Daykey({ app: 'shop', identity, transport: lambdaTransport({ functions: { decrypt: DECRYPT } }) });

exports.handler = async (refs) => {
  const { email } = await vault.decrypt(refs);
  return email.status === 'ok' ? email.value.reveal() : email.status;
};
`;
