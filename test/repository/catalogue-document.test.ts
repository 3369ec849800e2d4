// docs/entry-catalogue.md is generated from the catalogue: `npm run docs:write` writes it, this test fails if it is stale.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { markdownTable } from '../../scripts/documents/markdown.ts';
import { BUILT_IN } from '../../vault/domain/policy/catalogue.ts';
import { checkEntryTypes } from '../../vault/domain/policy/check-entry-types.ts';
import { ENTRY_KINDS, type EntryKind } from '../../vault/domain/policy/entry-type.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/entry-catalogue.md', import.meta.url));

const RULES: Record<EntryKind, string> = {
  http: '`transport` is on',
  ws: '`transport` is on',
  event:
    "`transcript` is on, and the thread's mode is not `bot`, or the entry has `sensitive: true`, or its user is of type `agent` or `system`",
  'media-event': '`transcript` is on',
  'component-response': '`transcript` is on, and the component does not have `sensitive: false`',
  'trigger-response': 'the incoming event was sensitive',
};

test('docs/entry-catalogue.md says what the catalogue holds (`npm run docs:write` updates it)', async () => {
  await expect(writeDocument()).toMatchFileSnapshot(DOCUMENT);
});

test('the entry types in the document are valid settings', () => {
  const [, types = ''] = /```ts\nentryTypes: (\{.*?\n\})\n```/s.exec(readFileSync(DOCUMENT, 'utf8')) ?? [];
  const entryTypes: unknown = new Function(`return ${types}`)();
  expect(Object.keys(entryTypes as object)).toHaveLength(5);
  expect(checkEntryTypes(entryTypes)).toEqual([]);
});

function writeDocument(): string {
  const code = (paths: readonly string[]) => paths.map((path) => `\`${path}\``).join(' ');
  const rules = ENTRY_KINDS.map((kind) => [`\`${kind}\``, RULES[kind]]);
  const rows = [...BUILT_IN].map(([type, { kind, doc, clear, why }]) => [
    `\`${type}\``,
    `\`${kind}\``,
    doc,
    code(clear) || 'nothing',
    why,
  ]);
  const divided = [...BUILT_IN].flatMap(([type, { sensitive }]) =>
    sensitive ? [`${code(sensitive)} of \`${type}\``] : [],
  );
  const authored = [...BUILT_IN].filter(([, { author }]) => author).map(([type]) => `\`${type}\``);
  return `# The entry catalogue

Which entries are sensitive, and what of them is sealed. A test makes this file from
[\`vault/domain/policy\`](../vault/domain/policy).

\`\`\`json
{
  "type": "text.say",
  "id": "e-17",
  "timestamp": "2026-11-23T11:00:00Z",
  "sensitive": true,
  "thread": { "id": "t-17" },
  "user": { "type": "agent", "id": "u-17" },
  "data": { "text": "…" }
}
\`\`\`

**Only \`data\` is ever sealed.** \`type\` and \`data\` are required, everything else is optional and comes back as it was. An ID has
1 to 128 letters, digits and punctuation marks, without blanks and \`@\`; a timestamp is RFC 3339 or a number; a type has at
most 128 characters. Any other member, such as the name of a user, is refused: put it into \`data\`.

## When an entry is sensitive

${markdownTable(['kind', 'sensitive when'], rules)}

The thread's mode, the component and the incoming event stand beside the entry in a request: \`{ "entry", "thread": { "mode" },
"component": { "sensitive" }, "cause": { "sensitive" } }\`.

- With \`enabled: false\`, nothing is sealed. \`enabled\`, \`transport\` and \`transcript\` are on unless they are \`false\`.
- A missing thread mode, component or incoming event makes the entry sensitive.
- An event does not have to name its user. Without one, the thread's mode and the flag decide. The exception is
  ${authored.join(', ')}: agents write such entries, so one without a user is sensitive.
- \`sensitive: true\` counts for events only, and \`sensitive: false\` overrides no rule.
- The spelling of a word never leaves plaintext. A thread is in bot mode only if its mode is exactly \`bot\`: \`Bot\` and
  \`" bot"\` seal. A user is an agent or the system however the type is written: \`Agent\`, \`" agent "\` and \`SYSTEM\` seal. So
  does a type without a letter or digit.

## What is sealed

Each built-in type lists the fields that may stay readable. **Everything else in \`data\` is sealed**, also members that
Daykey does not know.

${markdownTable(['type', 'kind', 'what it is', 'stays readable', 'why'], rows)}

- \`.name\` is a member, \`.*\` every member of an object, \`[*]\` every element of an array.
- A readable field is a number, a boolean or one word: up to 128 letters, digits and \`. _ + / -\`, without blanks. A sentence,
  an email address, a URL, an object or an array in its place is sealed.
- What is sealed is sealed in the largest parts: one ref for each member of \`data\`, or of the object around a readable field,
  whatever is in it. ${divided.join(', ')} are divided further: one ref each.
- Data of another shape is sealed from where it differs: \`"buttons": "Call 555"\` as a whole. \`null\` in the place of an object
  or an array holds nothing and stays.
- A type that the catalogue does not know is always sensitive, and each member of its \`data\` is sealed. Types are compared
  exactly: \`Text.Say\` is unknown.
- Refs that are in the data already stay as they are; what is around them is sealed.
- At most 1,024 parts of one entry are sealed, and an entry holds at most 1,024 refs. \`outgoing\` opens
  refs of at most 100 bundles in one request; values sealed by one request usually share a bundle.

\`explain\` says for each part of an entry which rule and which line of the catalogue decided.

## What stays readable

An entry whose refs are not opened, in a log, a queue or a database, shows to everyone who can read it:

- its type, IDs, timestamp, flag and user type. Phone numbers and names of people are not IDs: take a random or hashed one;
- the readable fields of the table above, and those of your own types. Names that you give to forms, fields, components and
  triggers are among them: call a form \`intake\`, not after what its users have;
- the names of members in \`data\` that are not sealed as a whole: \`data.answers\` hides the answers, not the names of the
  fields. What is sealed as one part hides its names too;
- how many parts are sealed.

## Data from outside

From outside, a ref could be anyone's. So only components may send \`$sensitive\`, and a parsed webhook body that has a member of
this name is refused from everyone else. **Seal the text instead of the parsed body**:

\`\`\`json
{ "entry": { "type": "http.request", "data": { "method": "POST", "body": "{\\"a\\":{\\"$sensitive\\":\\"hi\\"}}" } } }
\`\`\`

Text is sealed as it is, whatever is in it, and comes back character by character: also duplicate names, numbers beyond 2^53,
and JSON that is broken or too deep. Its JSON text may have up to 256 KB. Send bytes that are not UTF-8 in Base64. \`encrypt\`
takes the same text as a field: \`{ "fields": { "body": "…" } }\`.

## Your own types

\`\`\`ts
entryTypes: {
  // Your own types list what stays readable…
  'crm.ticket': { kind: 'event', doc: 'A ticket.', clear: ['data.id', 'data.status', 'data.tags[*]'] },
  // …or what is sensitive: then everything else stays readable, new members too.
  'crm.typing': { kind: 'event', doc: 'Someone types.', sensitive: ['data.draft'] },
  // Built-in types can be changed: make a field readable, seal a field that is readable,
  'rating.give': { clear: ['data.scale'], sensitive: ['data.score'] },
  'form.answer': { clear: ['data.answers.plan'] },
  // or seal the parts of a field separately, so that one can be opened without the others.
  'http.request': { sensitive: ['data.headers.*'] },
}
\`\`\`

- Prefer \`clear\`. A misspelt name in \`clear\` seals a field too many, which you will notice; in \`sensitive\` it leaves a field
  readable, which you may not.
- A field in your \`clear\` may be any text, number or boolean. An object or an array there is sealed.
- A change to a built-in type touches only what it names, and \`sensitive\` wins over what the catalogue lists. A \`sensitive\`
  line that names nothing readable is refused, because it is probably misspelt.
- A name beside \`.*\` is an exception to it, in types that have \`clear\`. A path may not be listed twice, or together with a part
  of it. Below one path there are names and \`.*\`, or \`[*]\`.
- The types are checked before anything is deployed, and every problem is listed with what to do.
`;
}
