// docs/entry-catalogue.md is generated from the catalogue: `npm run docs:write` writes it, this test fails if it is stale.

import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { BUILT_IN_TYPES, type EntryType } from '../../vault/domain/policy/built-in-types.ts';
import { ENTRY_KINDS, type EntryKind } from '../../vault/domain/policy/entry.ts';

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
  await expect(documentOf(BUILT_IN_TYPES)).toMatchFileSnapshot(DOCUMENT);
});

function documentOf(types: { readonly [type: string]: EntryType }): string {
  const rules = ENTRY_KINDS.map((kind) => [`\`${kind}\``, RULES[kind]]);
  const rows = Object.entries(types).map(([type, { kind, doc, sensitive }]) => [
    `\`${type}\``,
    `\`${kind}\``,
    doc,
    sensitive.map((path) => `\`${path}\``).join(' '),
  ]);
  return `# The entry catalogue

Which entries are sensitive, and what of them is sealed. This file is made from
[\`vault/domain/policy\`](../vault/domain/policy) by a test.

An entry is \`{ "type", "sensitive"?, "user"?: { "type" }, "data": { … } }\`. Only \`data\` is ever sealed.

## When

${table(['kind', 'sensitive when'], rules)}

- \`enabled: false\` comes first: nothing is sealed. \`transport\`, \`transcript\` and \`enabled\` are on unless set to \`false\`.
- Nobody named the thread's mode, the component or the incoming event: the entry is sensitive.
- \`sensitive: false\` on an entry overrides no rule, and \`sensitive: true\` is for events alone.

## What

${table(['type', 'kind', 'what it is', 'sensitive fields'], rows)}

- \`.name\` is a member, \`.*\` every member of a map, \`[*]\` every element of an array. A field is sealed as a whole, whatever
  it is: text, number, list or object. Fields that are not listed stay in clear.
- Data of another shape is sealed from where it differs: \`"buttons": "Call 555"\` as a whole. \`null\` where a map, an object
  or a list is expected holds nothing and stays.
- A type that is not in the catalogue is sensitive, and each member of its \`data\` is sealed.
- Parts that are refs already stay as they are; what is around them is sealed.

## Types of your own

\`\`\`ts
entryTypes: {
  'crm.ticket': { kind: 'event', doc: 'A ticket.', sensitive: ['data.subject', 'data.notes[*].text'] },
  'crm.typing': { kind: 'event', doc: 'Somebody types.', sensitive: [] },
}
\`\`\`

They are checked when the app is deployed. A type of your own may not have the name of a built-in one, a path may not be
listed together with a part of it, and below one path there are either names, \`.*\` or \`[*]\`.
`;
}

/** A Markdown table as the formatter wants it: columns as wide as their widest cell. */
function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((_, column) => Math.max(...[header, ...rows].map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [header, widths.map((width) => '-'.repeat(width)), ...rows].map(line).join('\n');
}
