// What the runner asks of its worker, and what the worker answers.

/** The name of the channel between the two: threads of one process. */
export const CHANNEL = 'daykey-mutation';

/** Test files to run, one after the other, up to the first failure. */
export interface TestRun {
  readonly files: readonly string[];
  /** Their ids, as answers contain them; without it, all tests of the files run. */
  readonly tests?: ReadonlySet<string>;
  /** The change to make. Without it, the worker notes what each test covers. */
  readonly mutant?: {
    readonly id: string;
    /** Whether the change is made before modules load; else after, and before the tests run. */
    readonly whileLoading: boolean;
    /** The changed file. Test files that do not load it are left out. */
    readonly file: string;
    /** How often a changed place may be reached before the worker calls it an endless loop. */
    readonly hitLimit: number | undefined;
  };
}

export interface TestRunAnswer {
  readonly tests: readonly {
    readonly id: string;
    readonly name: string;
    readonly file: string;
    readonly milliseconds: number;
    readonly position: { readonly line: number; readonly column: number } | undefined;
    readonly failure: string | undefined;
  }[];
  /** Why a test file did not load. */
  readonly loadError?: string;
  readonly endlessLoop: boolean;
  readonly coverage: unknown;
}
