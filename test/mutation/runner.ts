// Stryker's test runner for this repository: it keeps one Vitest worker, and holds a change against the tests near the changed file.

import { relative } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import { declareClassPlugin, PluginKind } from '@stryker-mutator/api/plugin';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import { createVitest } from 'vitest/node';
import { CHANNEL, type TestRun, type TestRunAnswer } from './messages.ts';
import { distance, isNear } from './near.ts';

class NearTests implements TestRunner {
  readonly #channel = new BroadcastChannel(CHANNEL);
  #testFiles: string[] = [];
  /** Only rejects: the worker answers until Stryker ends this process. */
  #ended: Promise<never> | undefined;

  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    process.env.VITEST = '1';
    const vitest = await createVitest('test', { config: 'test/mutation/vitest.config.ts', watch: false });
    const specifications = await vitest.getRelevantTestSpecifications();
    const [first] = specifications;
    if (!first) throw new Error('no test file matches test/mutation/vitest.config.ts');
    this.#testFiles = specifications.map(({ moduleId }) => moduleId);
    const ready = this.#next();
    this.#ended = vitest.runTestSpecifications([first]).then(({ testModules, unhandledErrors }) => {
      const errors = [...testModules.flatMap((module) => module.errors()), ...unhandledErrors];
      throw new Error(`the worker ended: ${errors.map((error) => (error as Error).message).join('; ')}`);
    });
    await Promise.race([ready, this.#ended]);
  }

  async dryRun({ files }: DryRunOptions): Promise<DryRunResult> {
    const near = this.#testFiles.filter((test) => !files || files.some((file) => isNear(here(test), here(file))));
    const { tests, loadError, coverage } = await this.#run({ files: near });
    return loadError === undefined
      ? { status: DryRunStatus.Complete, tests: tests.map(resultOf), mutantCoverage: coverage as never }
      : { status: DryRunStatus.Error, errorMessage: loadError };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, testFilter, sandboxFileName, mutantActivation, hitLimit } = options;
    const source = here(sandboxFileName);
    const tests = testFilter && new Set(testFilter);
    const files = this.#testFiles.filter(
      (file) => isNear(here(file), source) && (!testFilter || testFilter.some((id) => id.startsWith(`${here(file)}#`))),
    );
    const answer = await this.#run({
      files: files.toSorted((a, b) => distance(here(a), source) - distance(here(b), source)),
      ...(tests && { tests }),
      mutant: {
        id: activeMutant.id,
        whileLoading: mutantActivation === 'static',
        file: sandboxFileName,
        // Stryker allows a hundred times what all tests together need, which takes minutes.
        hitLimit: hitLimit && hitLimit / 20,
      },
    });
    const failed = answer.tests.find(({ failure }) => failure !== undefined);
    if (answer.endlessLoop) return { status: MutantRunStatus.Timeout };
    if (failed?.failure !== undefined) {
      const { id, failure } = failed;
      return {
        status: MutantRunStatus.Killed,
        killedBy: [id],
        failureMessage: failure,
        nrOfTests: answer.tests.length,
      };
    }
    return answer.loadError === undefined
      ? { status: MutantRunStatus.Survived, nrOfTests: answer.tests.length }
      : { status: MutantRunStatus.Error, errorMessage: answer.loadError };
  }

  async #run(run: TestRun): Promise<TestRunAnswer> {
    const answer = this.#next();
    this.#channel.postMessage(run);
    return (await Promise.race([answer, this.#ended])) as TestRunAnswer;
  }

  #next(): Promise<unknown> {
    return new Promise((done) => {
      this.#channel.onmessage = (event) => done((event as MessageEvent).data);
    });
  }
}

function resultOf({ id, name, file, milliseconds, position, failure }: TestRunAnswer['tests'][number]): TestResult {
  const test = {
    id,
    name,
    timeSpentMs: milliseconds,
    fileName: file,
    // Stryker counts from 0.
    ...(position && { startPosition: { line: position.line - 1, column: position.column - 1 } }),
  };
  return failure === undefined
    ? { ...test, status: TestStatus.Success }
    : { ...test, status: TestStatus.Failed, failureMessage: failure };
}

/** The path of a file in Stryker's copy of the repository. */
function here(path: string): string {
  return relative(process.cwd(), path);
}

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'near-tests', NearTests)];
