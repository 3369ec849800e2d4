#!/usr/bin/env node
// `daykey`: the command line of a vault's operator.

import { run } from './program.ts';

// In `daykey audit … | head` the reader closes the pipe early. That is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// The package runs on every Node that it supports. This is the variable with which the AWS SDK lets a program do without its warning.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

const { argv, env, stdin, stdout, stderr } = process;
process.exitCode = await run(argv.slice(2), {
  stdin,
  stdout,
  stderr,
  environment: env,
  clock: Date.now,
  // Help and offline checks do without the AWS SDK, which takes most of the time to load.
  openVault: async (options) => (await import('./open-vault.ts')).openVault(options),
});
