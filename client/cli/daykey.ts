#!/usr/bin/env node
// `daykey`: what an operator asks of a deployed vault.

import { failWith, HELP } from './help.ts';
import { receipts } from './receipts.ts';

const COMMANDS: Readonly<Record<string, (args: string[]) => Promise<void>>> = { receipts };

const [name, ...args] = process.argv.slice(2);
const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name];
if (name === '--help' || name === '-h' || name === 'help') process.stdout.write(HELP);
else if (!command) failWith(name === undefined ? 'name a command' : `there is no command ${name}`);
else await command(args).catch((error: unknown) => failWith(error instanceof Error ? error.message : String(error)));
