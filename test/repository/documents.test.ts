// The documents are correct: their TypeScript compiles, their JSON is JSON, their links lead somewhere.

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { type Block, blocksOf, fileNameOf, filesOfCheckout, ROOT } from '../support/documents.ts';

/** The names that the blocks use and do not declare. */
const NAMES = `
import type { Daykey as Vault, RefObject } from 'daykey';
declare global {
  const url: string;
  const token: string;
  const audience: string;
  const vault: Vault;
  const stateOfFlow: { email: RefObject<string> };
  const stateOfUser: { email: RefObject<string> };
  function send(text: string): Promise<void>;
  function log(what: unknown): void;
  function enqueue(entry: unknown): Promise<void>;
  function parcelFor(email: string): Promise<{ found: boolean; place: string }>;
}
`;
/** A package that is the reader's to install. */
const PACKAGE = `
declare module '@aws-sdk/credential-providers' {
  export function fromNodeProviderChain(): () => Promise<{ accessKeyId: string; secretAccessKey: string }>;
}
`;
/** Blocks that are part of a file: what comes before and after them. */
const PART_OF: Readonly<Record<string, readonly [string, string]>> = {
  'docs/entry-catalogue.md': [
    "import type { SensitiveDataSettings } from './vault/domain/policy/policy.ts';\nexport const settings: SensitiveDataSettings = {\n",
    '};\n',
  ],
};
const LANGUAGES = ['', 'sh', 'ts', 'python', 'json', 'mermaid'];

const NODE = String.raw`\w+(\["[^"]+"\]|\(\["[^"]+"\]\)|\[\("[^"]+"\)\])?`;
/** The part of Mermaid that the diagrams use, so that this test can tell a diagram that GitHub would not draw. */
const DIAGRAMS: Readonly<Record<string, RegExp>> = {
  'flowchart (LR|TB)': new RegExp(`^(${NODE}( -->(\\|"[^"]+"\\|)? ${NODE})?|subgraph \\w+\\["[^"]+"\\]|end)$`),
  sequenceDiagram: /^(participant \w+( as [\w ]+)?|\w+--?>>\w+: [^;#]+|Note over \w+(,\w+)?: [^;#]+|par|and|end)$/,
  'stateDiagram-v2': /^(direction LR|\w+ : [^:;#]+|(\w+|\[\*\]) --> (\w+|\[\*\])( : [^:;#]+)?)$/,
};

const documents = filesOfCheckout().filter((path) => path.endsWith('.md') && existsSync(join(ROOT, path)));
const blocks = documents.flatMap(blocksOf);
const inLanguage = (wanted: string) => blocks.filter(({ language }) => language === wanted);
const placeOf = ({ document, line }: Block) => `${document}:${line}`;

test('blocks are commands, TypeScript, Python, JSON, diagrams, or nothing that is run', () => {
  expect(blocks.filter(({ language }) => !LANGUAGES.includes(language)).map(placeOf)).toEqual([]);
});

describe('diagrams', () => {
  const diagrams = inLanguage('mermaid');

  test.each(diagrams.map((block) => [placeOf(block), block] as const))('%s is drawn', (_, { text }) => {
    expect(wrongLinesIn(text)).toEqual([]);
  });

  test('are in Mermaid, and none is drawn with characters', () => {
    expect(diagrams.length).toBeGreaterThan(7);
    expect(inLanguage('').filter(({ text }) => /[▶◀▲▼┌└]/.test(text))).toEqual([]);
  });

  test.each([
    ['no kind', 'graph LR\n  a --> b\n'],
    ['a node without quotes', 'flowchart LR\n  a[text (more)] --> b\n'],
    ['a group that does not end', 'flowchart LR\n  subgraph a["A"]\n'],
    ['a semicolon, which ends a message', 'sequenceDiagram\n  a->>b: one; two\n'],
  ])('with %s are noticed', (_, text) => {
    expect(wrongLinesIn(text)).not.toEqual([]);
  });
});

test.each(inLanguage('json').map((block) => [placeOf(block), block] as const))('%s is JSON', (_, { text }) => {
  expect(() => JSON.parse(text)).not.toThrow();
});

describe('TypeScript', () => {
  const problems = problemsIn(inLanguage('ts'));

  test.each(inLanguage('ts').map((block) => [placeOf(block)] as const))('of %s compiles', (place) => {
    expect(problems.get(place)).toEqual([]);
  });

  test('that does not compile is noticed', () => {
    const block = { document: 'a.md', line: 1, language: 'ts', text: 'const code: number = url;\nvault.reveal();\n' };
    const found = problemsIn([block]).get('a.md:1')?.join();
    expect(found).toContain("Type 'string' is not assignable to type 'number'");
    expect(found).toContain("Property 'reveal' does not exist");
  });
});

describe('links', () => {
  const links = documents.flatMap((document) =>
    [...textOf(document).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target = '']) => ({ document, target }))
      .filter(({ target }) => !/^[a-z]+:/.test(target)),
  );

  test('lead to files and headings that there are', () => {
    expect(links.length).toBeGreaterThan(50);
    expect(links.filter(({ document, target }) => !leads(document, target))).toEqual([]);
  });
});

test('links lead from the README to every document', () => {
  const reached = new Set(['README.md']);
  // A set visits what is added to it on the way.
  for (const document of reached) {
    const targets = [...textOf(document).matchAll(/\]\(([^)#\s]+)(#[^)\s]*)?\)/g)].map(([, path = '']) =>
      join(dirname(document), path).replace(/\/$/, ''),
    );
    for (const path of documents) {
      if (targets.some((target) => path === target || dirname(path) === target)) reached.add(path);
    }
  }
  const pages = documents.filter((path) => /^(docs|examples)\//.test(path) || !path.includes('/'));
  expect(pages.length).toBeGreaterThan(30);
  expect(pages.filter((path) => !reached.has(path))).toEqual([]);
});

function leads(document: string, target: string): boolean {
  const [path = '', heading] = target.split('#');
  const file = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, file))) return false;
  return heading === undefined || headingsOf(file).includes(heading);
}

/** Lines of a diagram that are not of its kind; the last line if a group does not end. */
function wrongLinesIn(diagram: string): string[] {
  const [kind = '', ...lines] = diagram.trimEnd().split('\n');
  const line = Object.entries(DIAGRAMS).find(([name]) => new RegExp(`^${name}$`).test(kind))?.[1];
  if (line === undefined) return [kind];
  const trimmed = lines.map((each) => each.trim());
  const opened = trimmed.filter((each) => /^(subgraph|par)\b/.test(each)).length;
  const isOpen = opened !== trimmed.filter((each) => each === 'end').length;
  return [...trimmed.filter((each) => !line.test(each)), ...(isOpen ? trimmed.slice(-1) : [])];
}

/** Headings as GitHub spells them in addresses. */
function headingsOf(document: string): string[] {
  return [...textOf(document).matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What the compiler finds in each block, by its place. Blocks see the package by its name, files from the root, and blocks that are files. */
function problemsIn(found: readonly Block[]): Map<string, string[]> {
  const files = new Map([
    [join(ROOT, 'names-in-the-documents.ts'), NAMES],
    [join(ROOT, 'package-in-the-documents.d.ts'), PACKAGE],
  ]);
  const placeByFile = new Map<string, string>();
  for (const [nr, block] of found.entries()) {
    const [before, after] = PART_OF[block.document] ?? ['', ''];
    const name = fileNameOf(block);
    const file = join(ROOT, name ? join(dirname(block.document), name) : `block-${nr}-of-the-documents.ts`);
    files.set(file, `${before}${block.text}${after}export {};\n`);
    placeByFile.set(file, placeOf(block));
  }
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, ROOT);
  const paths = {
    daykey: [join(ROOT, 'client/sdk/index.ts')],
    'daykey/cdk': [join(ROOT, 'lib/index.ts')],
    'daykey/blobs': [join(ROOT, 'client/blobs/index.ts')],
    'daykey/lambda': [join(ROOT, 'client/lambda/index.ts')],
    'daykey/nunjucks': [join(ROOT, 'client/nunjucks/index.ts')],
    'daykey/testing': [join(ROOT, 'client/testing/index.ts')],
    'daykey/veil': [join(ROOT, 'client/veil/index.ts')],
  };
  const ours = { ...options, paths, noEmit: true, noUnusedLocals: false, noUnusedParameters: false };
  const host = ts.createCompilerHost(ours);
  const { readFile, fileExists, getSourceFile } = host;
  host.fileExists = (file) => files.has(file) || fileExists(file);
  host.readFile = (file) => files.get(file) ?? readFile(file);
  host.getSourceFile = (file, options, ...rest) => {
    const text = files.get(file);
    return text === undefined ? getSourceFile(file, options, ...rest) : ts.createSourceFile(file, text, options);
  };
  const program = ts.createProgram([...files.keys()], ours, host);
  const problems = new Map([...placeByFile.values()].map((place): [string, string[]] => [place, []]));
  for (const [file, place] of placeByFile) {
    const source = program.getSourceFile(file);
    for (const { messageText } of [
      ...program.getSyntacticDiagnostics(source),
      ...program.getSemanticDiagnostics(source),
    ]) {
      problems.get(place)?.push(ts.flattenDiagnosticMessageText(messageText, '\n'));
    }
  }
  return problems;
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}
