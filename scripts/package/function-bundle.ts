// The bundle of a function as it is deployed.

import { readFile } from 'node:fs/promises';
import { type BuildOptions, build, type Plugin } from 'esbuild';

/**
 * What a function never loads: credential providers, because its credentials are in the environment, and streams of events.
 * Without them a bundle is a third smaller, and a function without credentials fails.
 */
export const NEVER_LOADED = [
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
];

/** A module, and what a bundle has in its place. */
export interface Replaced {
  readonly path: RegExp;
  readonly by: string | ((source: string) => string);
}

/** What a function loads and never runs: every client of the SDK sends and signs by lambda/aws/lean-sdk.ts. */
const NEVER_RUN: readonly Replaced[] = [
  {
    path: /@smithy\/node-http-handler\/dist-es\/node-http-handler\.js$/,
    by: 'export class NodeHttpHandler { static create(handler) { return handler; } }; export let DEFAULT_REQUEST_TIMEOUT;',
  },
  { path: /@smithy\/signature-v4\/dist-es\/index\.js$/, by: 'export class SignatureV4 {}' },
  { path: /@aws-sdk\/endpoint-cache\/dist-es\/index\.js$/, by: 'export class EndpointCache {}' },
  { path: /@smithy\/core\/dist-es\/submodules\/checksum\/sha256\/Sha256Js\.js$/, by: 'export class Sha256Js {}' },
  // The version, for a header that is not sent.
  { path: /@aws-sdk\/client-[a-z]+\/package\.json$/, by: 'export default {};' },
  // Middleware that lean-sdk.ts removes from every client.
  {
    path: /\/middleware-user-agent\/user-agent-middleware\.js$/,
    by: 'export let userAgentMiddleware, getUserAgentMiddlewareOptions; export const getUserAgentPlugin = () => ({ applyToStack() {} });',
  },
  {
    path: /\/middleware-recursion-detection\/recursionDetectionMiddleware\.js$/,
    by: 'export const recursionDetectionMiddleware = () => (next) => next;',
  },
  // Lambda has no configuration files of the AWS CLI.
  {
    path: /\/shared-ini-file-loader\/loadSharedConfigFiles\.js$/,
    by: 'export { CONFIG_PREFIX_SEPARATOR } from "./constants"; export const loadSharedConfigFiles = async () => ({ configFile: {}, credentialsFile: {} });',
  },
  { path: /@aws-sdk\/client-[a-z]+\/dist-es\/schemas\/schemas_0\.js$/, by: withoutPlainErrors },
];

/**
 * The schemas of a client without the errors that have a message and nothing else. For an error that it does not know, the SDK
 * makes one of the client's base class, with the same name and message. Errors with more members stay, because the SDK
 * decodes the members by these schemas. The one that DynamoDB marks as worth another attempt stays as well.
 */
function withoutPlainErrors(source: string): string {
  return source.replaceAll(PLAIN_ERROR, '');
}

const PLAIN_ERROR =
  /export var (?!ReplicatedWriteConflict)\w+\$ = \[-3,[^;]*\[_m\],\s+\[0\]\s+\];\s+n0_registry\.registerError\(.*\);/g;

/** Bundles an entry point, in memory. */
export async function functionBundle(
  entry: Pick<BuildOptions, 'entryPoints' | 'stdin'>,
  replaced: readonly Replaced[] = NEVER_RUN,
) {
  const { outputFiles, metafile } = await build({
    ...entry,
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'out',
    // It loads in 0.9 of the time of a module. An entry point cannot wait at its top level, and none does.
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    external: NEVER_LOADED,
    plugins: [replacing(replaced)],
    legalComments: 'none',
    logLevel: 'error',
  });
  return { outputFiles, metafile };
}

function replacing(modules: readonly Replaced[]): Plugin {
  return {
    name: 'replace what never runs',
    setup({ onLoad }) {
      for (const { path, by } of modules) {
        onLoad({ filter: path }, async (module) => ({
          contents: typeof by === 'string' ? by : by(await readFile(module.path, 'utf8')),
          loader: 'js',
        }));
      }
    },
  };
}
