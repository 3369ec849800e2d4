// From TypeScript to what Node and compilers load: one JavaScript file and one of declarations for each source.

import { isBuiltin } from 'node:module';
import { join, posix, relative } from 'node:path';
import ts from 'typescript';

/** What is emitted. */
export interface Emitted {
  /** Texts by path, as the sources lie in the repository. Only what an entry leads to. */
  readonly files: ReadonlyMap<string, string>;
  /** Packages that JavaScript imports, and those that only declarations do. */
  readonly packages: { readonly atRuntime: ReadonlySet<string>; readonly forTypes: ReadonlySet<string> };
}

// What the oldest Node that we promise has, so that the compiler refuses what came later.
const NODE_20 = { target: ts.ScriptTarget.ES2022, lib: ['lib.es2023.d.ts', 'lib.es2024.string.d.ts'] };

/** Compiles entries and all that they import. @throws Error with every fault that the compiler finds. */
export function emitted(root: string, entries: readonly string[]): Emitted {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const program = ts.createProgram(
    entries.map((entry) => join(root, entry)),
    {
      ...{ ...options, ...NODE_20, noEmit: false, declaration: true, rootDir: root, outDir: root },
      ...{ allowImportingTsExtensions: false, rewriteRelativeImportExtensions: true },
    },
  );
  const all = new Map<string, string>();
  const { diagnostics } = program.emit(undefined, (path, text) => {
    all.set(relative(root, path), path.endsWith('.d.ts') ? rewritten(text) : text);
  });
  const faults = [...ts.getPreEmitDiagnostics(program), ...diagnostics];
  if (faults.length > 0) {
    const host = {
      getCanonicalFileName: (name: string) => name,
      getCurrentDirectory: () => root,
      getNewLine: () => '\n',
    };
    throw new Error(ts.formatDiagnostics(faults, host));
  }
  const scripts = reached(
    all,
    entries.map((entry) => entry.replace(/\.ts$/, '.js')),
  );
  const declarations = reached(
    all,
    entries.map((entry) => entry.replace(/\.ts$/, '.d.ts')),
  );
  return {
    files: new Map([...scripts.files, ...declarations.files]),
    packages: { atRuntime: scripts.packages, forTypes: declarations.packages },
  };
}

/** The compiler leaves the extensions in declarations as they are. */
function rewritten(declaration: string): string {
  let text = declaration;
  for (const { specifier, start } of importsIn(declaration).toReversed()) {
    const end = start + specifier.length;
    if (/^\..*\.ts$/.test(specifier)) text = `${text.slice(0, end - 'ts'.length)}js${text.slice(end)}`;
  }
  return text;
}

/** What a file imports, and where each specifier begins. */
function importsIn(text: string): { specifier: string; start: number }[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  // The compiler counts from the quote.
  return importedFiles.map(({ fileName, pos }) => ({ specifier: fileName, start: pos + 1 }));
}

/** The files that entries lead to, themselves included, and the packages that these import. */
function reached(all: ReadonlyMap<string, string>, entries: readonly string[]) {
  const files = new Map<string, string>();
  const packages = new Set<string>();
  const ways = [...entries];
  for (const path of ways) {
    const text = all.get(path);
    if (text === undefined) throw new Error(`${path} is imported, and was not emitted`);
    if (files.has(path)) continue;
    files.set(path, text);
    for (const { specifier } of importsIn(text)) {
      if (specifier.startsWith('.')) {
        const target = posix.join(posix.dirname(path), specifier);
        ways.push(path.endsWith('.d.ts') ? target.replace(/\.js$/, '.d.ts') : target);
      } else if (!isBuiltin(specifier)) {
        packages.add(/^(@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);
      }
    }
  }
  return { files, packages };
}
