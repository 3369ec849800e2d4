#!/usr/bin/env node
// `daykey`: what an operator asks of a deployed vault.

import { audit } from './audit.ts';
import { explain } from './explain.ts';
import { failWith, HELP } from './help.ts';
import { receipts } from './receipts.ts';
import { token } from './token.ts';

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = { audit, explain, receipts, token };

// `daykey audit … | head`: whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const [name, ...args] = process.argv.slice(2);
const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name];
if (name === '--help' || name === '-h' || name === 'help') process.stdout.write(HELP);
else if (!command) failWith(name === undefined ? 'name a command' : `there is no command ${name}`);
else if (args.includes('--help') || args.includes('-h')) process.stdout.write(HELP);
else await command(args).catch((error: unknown) => failWith(error instanceof Error ? error.message : String(error)));
