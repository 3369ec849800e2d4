// Every setting of a vault as a row: its path and description from the types, its range and default from the schema.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { checkSettings } from '../../vault/domain/settings/parse.ts';

const ROOT = join(import.meta.dirname, '../..');
/** The files that declare the interfaces of the settings. */
const SETTINGS_FILES = ['vault/domain/settings/props.ts', 'vault/domain/policy/policy.ts'];
/** What a settings file cannot hold: constructs of the CDK. */
const CONSTRUCTS_FILE = 'lib/platform-props.ts';
/** Names that stand for the names of apps and integrations in a path, and names to try the schema with. */
const NAMED = [
  { parent: 'apps', example: 'shop' },
  { parent: 'integrations', example: 'web' },
];
const NAME = 'NAME';

export interface Setting {
  /** `apps.NAME.integrations.NAME.kind`. */
  readonly path: string;
  /** What the schema says that a value must be; the type of a construct. */
  readonly allowed: string;
  /** As `@default` says it; `required` for a member that has none. */
  readonly default: string;
  readonly description: string;
}

interface Member {
  readonly name: string;
  readonly type: string;
  readonly isOptional: boolean;
  readonly default: string | undefined;
  readonly description: string;
}

/** Every member of a settings file, groups included, in the order in which the types declare them. */
export function settings(): Setting[] {
  return rowsOf('VaultProps', interfacesIn(SETTINGS_FILES), []);
}

/** What is given to the stack beside the settings. */
export function constructs(): Setting[] {
  const members = interfacesIn([CONSTRUCTS_FILE]).get('PlatformProps') ?? [];
  return members.map((member) => ({ ...texts(member), path: member.name, allowed: `\`${member.type}\`` }));
}

function rowsOf(type: string, interfaces: ReadonlyMap<string, readonly Member[]>, above: readonly string[]): Setting[] {
  return (interfaces.get(type) ?? []).flatMap((member) => {
    const path = [...above, member.name];
    const row = { ...texts(member), path: path.join('.'), allowed: allowedAt(path) };
    const ofNames = /^\{ readonly \[name: string\]: (\w+) \}$/.exec(member.type)?.[1];
    if (ofNames !== undefined && interfaces.has(ofNames)) return [row, ...rowsOf(ofNames, interfaces, [...path, NAME])];
    return [row, ...rowsOf(member.type, interfaces, path)];
  });
}

function texts({ isOptional, default: fallback, description }: Member): Pick<Setting, 'default' | 'description'> {
  return { default: fallback ?? (isOptional ? 'none' : 'required'), description };
}

/** What the schema answers to a wrong value: `must be <this>, got …`. */
function allowedAt(path: readonly string[]): string {
  const example: Record<string, unknown> = { apps: { shop: { integrations: { web: { kind: 'other' } } } } };
  const names = path.map((name, at) =>
    name === NAME ? (NAMED.find(({ parent }) => parent === path[at - 1])?.example ?? NAME) : name,
  );
  let group = example;
  for (const name of names.slice(0, -1)) {
    group[name] ??= {};
    group = group[name] as Record<string, unknown>;
  }
  group[names.at(-1) ?? ''] = Symbol.for('wrong');
  const { problems } = checkSettings(example, { tokens: 'resolved' });
  const place = `${names.join('.')}: `;
  const said = problems.find((problem) => problem.startsWith(place))?.slice(place.length) ?? '';
  const allowed = /^must be (.+?), got /.exec(said)?.[1];
  if (allowed === undefined) throw new Error(`the schema does not say what ${names.join('.')} must be: ${said}`);
  return allowed.startsWith('an object with ') ? 'an object' : allowed;
}

/** The interfaces that files declare, by name. */
function interfacesIn(files: readonly string[]): Map<string, Member[]> {
  const found = new Map<string, Member[]>();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(join(ROOT, file), 'utf8'), ts.ScriptTarget.Latest, true);
    for (const statement of source.statements) {
      if (ts.isInterfaceDeclaration(statement)) found.set(statement.name.text, membersOf(statement));
    }
  }
  return found;
}

function membersOf({ members }: ts.InterfaceDeclaration): Member[] {
  return members.filter(ts.isPropertySignature).map((member) => {
    const [fallback] = ts.getJSDocTags(member).filter(({ tagName }) => tagName.text === 'default');
    return {
      name: member.name.getText(),
      type: (member.type?.getText() ?? '').replace(/ \| undefined$/, ''),
      isOptional: member.questionToken !== undefined,
      default: fallback && flowing(fallback.comment),
      description: ts
        .getJSDocCommentsAndTags(member)
        .filter(ts.isJSDoc)
        .map(({ comment }) => flowing(comment))
        .join(' '),
    };
  });
}

/** A comment in one line, its documents as links from `docs/`. */
function flowing(comment: ts.JSDoc['comment']): string {
  return (ts.getTextOfJSDocComment(comment) ?? '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/`docs\/((?:adr\/0*(\d+)|([\w-]+))[^`]*)`/g, (_, path: string, decision?: string, name?: string) =>
      decision === undefined ? `[${name}](${path})` : `[ADR ${decision}](${path})`,
    );
}
