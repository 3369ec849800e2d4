// `daykey explain`: what the vault would do with an entry of an app's, part by part. Asks the app's settings, seals nothing.

import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { dynamoKeyRing } from '../../lambda/dynamo/key-ring.ts';
import { isDaykeyError } from '../../vault/domain/errors.ts';
import { type Explanation, explain as explainEntry } from '../../vault/domain/policy/explain.ts';
import { isJsonObject } from '../../vault/domain/policy/json-object.ts';
import { type Policy, policyFor } from '../../vault/domain/policy/policy.ts';
import type { Entry, EntryContext } from '../../wire/entry.ts';
import { print, say, tableLines } from './output.ts';
import { outputsOf } from './stack.ts';

const OPTIONS = {
  app: { type: 'string' },
  entry: { type: 'string' },
  mode: { type: 'string' },
  'component-sensitive': { type: 'string' },
  'cause-sensitive': { type: 'string' },
  stack: { type: 'string', default: 'Daykey' },
  json: { type: 'boolean', default: false },
} as const;

/** The command. @throws Error that says what to do. */
export async function explain(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { app, entry: file, mode, stack, json } = values;
  if (app === undefined) throw new Error('explain takes --app APP');
  if (file === undefined) throw new Error('explain takes --entry FILE, or --entry - for stdin');
  const component = yesOrNo('--component-sensitive', values['component-sensitive']);
  const cause = yesOrNo('--cause-sensitive', values['cause-sensitive']);
  const context: EntryContext = {
    thread: mode === undefined ? undefined : { mode },
    component: component === undefined ? undefined : { sensitive: component },
    cause: cause === undefined ? undefined : { sensitive: cause },
  };
  const entry = entryIn(file, file === '-' ? await text(process.stdin) : await readFile(file, 'utf8'));
  const output = await outputsOf(stack);
  const ring = await dynamoKeyRing(DynamoDBDocumentClient.from(new DynamoDBClient()), output('RingTable')).read(app);
  if (!ring || ring.settings.retired) {
    throw new Error(`stack ${stack} has no app ${app}: name it in the settings and deploy them, or check --app`);
  }
  await report(explained(entry, context, policyFor(ring.settings.sensitiveData)), json);
}

async function report({ sensitive, rule, why, parts }: Explanation, json: boolean): Promise<void> {
  if (json) {
    for (const part of parts) await print(JSON.stringify({ ...part, rule }));
  } else if (parts.length > 0) {
    const cells = parts.map((part) => [part.pointer, part.sealed ? 'sealed' : 'clear', part.why].map(printable));
    for (const line of tableLines([['POINTER', 'BECOMES', 'WHY'], ...cells])) await print(line);
  }
  say(`the entry is ${sensitive ? '' : 'not '}sensitive, by the rule ${rule}: ${why}`);
}

/** @throws Error without anything of the entry in it: a parser's own would quote it. */
function entryIn(file: string, json: string): Entry {
  let entry: unknown;
  try {
    entry = JSON.parse(json);
  } catch {
    throw new Error(`${file} is not JSON`);
  }
  if (!isJsonObject(entry) || typeof entry.type !== 'string' || !isJsonObject(entry.data)) {
    throw new Error(`${file} is no entry: it takes { "type": "…", "data": { … } }`);
  }
  return entry as unknown as Entry;
}

function explained(entry: Entry, context: EntryContext, policy: Policy): Explanation {
  try {
    // An operator asks as a component, which may send refs. What only looks like a ref is refused from everyone.
    return explainEntry(entry, context, policy, { refsAllowed: true });
  } catch (error) {
    if (!isDaykeyError(error)) throw error;
    throw new Error(`${error.message} (at ${error.paths.map(printable).join(', ')})`);
  }
}

function yesOrNo(option: string, told: string | undefined): boolean | undefined {
  if (told === undefined) return undefined;
  if (told !== 'true' && told !== 'false') throw new Error(`${option} takes true or false, got ${told}`);
  return told === 'true';
}

/** Names in an entry are anybody's: what would steer a terminal is written as an escape. */
function printable(name: string): string {
  return name.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}
