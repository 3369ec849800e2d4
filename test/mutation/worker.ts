// A Vitest worker that stays: it runs test files again and again in one thread, each time with fresh modules of this repository.
// Packages stay loaded, and no thread starts, so a change costs milliseconds where a new run of Vitest costs seconds.

import { relative } from 'node:path';
import { BroadcastChannel } from 'node:worker_threads';
import {
  type RunnerTestFile as File,
  type RunnerTestSuite as Suite,
  type RunnerTestCase as Test,
  TestRunner,
  vi,
} from 'vitest';
import { startTests } from 'vitest/internal/browser';
import { CHANNEL, type TestRun, type TestRunAnswer } from './messages.ts';

/** What the changed source reads and counts: https://github.com/stryker-mutator/stryker-js, `INSTRUMENTER_CONSTANTS`. */
interface Switches {
  activeMutant?: string | undefined;
  currentTestId?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number | undefined;
  mutantCoverage?: unknown;
}

/** Members of Vitest's runner that its types hide. */
interface Hidden {
  moduleRunner: unknown;
  _otel: unknown;
  cancelRun: boolean;
  workerState: { evaluatedModules: { getModuleById(path: string): { evaluated: boolean } | undefined } };
}

const switches: Switches = {};
Object.defineProperty(globalThis, '__stryker__', { value: switches });

/** Vitest collects a first test file with this; it answers requests instead, for as long as the worker lives. */
export default class Worker extends TestRunner {
  async onBeforeCollect(): Promise<void> {
    const missing = ['moduleRunner', '_otel', 'cancelRun', 'workerState'].filter((name) => !(name in this));
    if (missing.length > 0)
      throw new Error(`test/mutation/worker.ts needs what this Vitest lacks: ${missing.join(', ')}`);
    const channel = new BroadcastChannel(CHANNEL);
    const requests = new ReadableStream<TestRun>({
      start: (queue) => {
        channel.onmessage = (event) => queue.enqueue((event as MessageEvent).data as TestRun);
      },
    });
    channel.postMessage('ready');
    for await (const request of requests) {
      channel.postMessage(await this.#answer(request));
    }
  }

  async #answer(request: TestRun): Promise<TestRunAnswer> {
    const { mutant } = request;
    const tests: Test[] = [];
    let loadError: string | undefined;
    switches.hitCount = mutant && 0;
    switches.hitLimit = mutant?.hitLimit;
    for (const path of request.files) {
      vi.useRealTimers().unstubAllEnvs().unstubAllGlobals().restoreAllMocks().resetModules();
      switches.activeMutant = mutant?.whileLoading ? mutant.id : undefined;
      const [file] = await startTests([path], new OneRun(this, request));
      const inFile = testsIn(file as File);
      // Vitest skips the tests of a hook that failed.
      tests.push(...inFile.filter((test) => test.mode === 'run' || failureOf(test) !== undefined));
      loadError ??= inFile.length === 0 ? file?.result?.errors?.[0]?.message : undefined;
      if (inFile.some((test) => failureOf(test) !== undefined)) break;
    }
    switches.activeMutant = undefined;
    return {
      tests: tests.map((test) => ({
        id: idOf(test),
        name: nameOfTest(test),
        file: test.file.filepath,
        milliseconds: test.result?.duration ?? 0,
        position: test.location,
        failure: failureOf(test),
      })),
      ...(loadError !== undefined && { loadError }),
      endlessLoop: mutant?.hitLimit !== undefined && (switches.hitCount ?? 0) > mutant.hitLimit,
      coverage: mutant ? undefined : switches.mutantCoverage,
    };
  }
}

class OneRun extends TestRunner {
  readonly #request: TestRun;

  constructor(worker: TestRunner, request: TestRun) {
    super(worker.config);
    const { moduleRunner, _otel } = hidden(worker);
    Object.assign(hidden(this), { moduleRunner, _otel });
    this.#request = request;
  }

  /** Between loading and running: leaves out tests that cannot notice the change, then makes it. */
  onBeforeRunFiles(files: File[]): void {
    const { tests, mutant } = this.#request;
    const isLoaded = !mutant || hidden(this).workerState.evaluatedModules.getModuleById(mutant.file)?.evaluated;
    for (const test of files.flatMap(testsIn)) {
      if (!isLoaded || (tests && !tests.has(idOf(test)))) test.mode = 'skip';
    }
    switches.activeMutant = mutant?.id;
  }

  override async onBeforeRunTask(test: Test): Promise<void> {
    await super.onBeforeRunTask(test);
    switches.currentTestId = idOf(test);
  }

  override onAfterRunTask(test: Test): void {
    super.onAfterRunTask(test);
    switches.currentTestId = undefined;
    if (this.#request.mutant && test.result?.state === 'fail') hidden(this).cancelRun = true;
  }
}

function hidden(runner: TestRunner): Hidden {
  return runner as unknown as Hidden;
}

function testsIn(suite: Suite): Test[] {
  return suite.tasks.flatMap((task) => (task.type === 'suite' ? testsIn(task) : [task]));
}

function idOf(test: Test): string {
  return `${relative(process.cwd(), test.file.filepath)}#${nameOfTest(test)}`;
}

function nameOfTest(test: Test): string {
  const names = [test.name];
  for (let suite = test.suite; suite; suite = suite.suite) names.unshift(suite.name);
  return names.join(' ').trim();
}

/** The message of a test that failed, or of a suite around it whose hook failed. */
function failureOf({ result, suite, file }: Test): string | undefined {
  if (result?.state === 'fail') return result.errors?.[0]?.message ?? 'failed';
  for (let around: Suite | undefined = suite ?? file; around; around = around.suite) {
    if (around.result?.state === 'fail' && around.result.errors?.length) return around.result.errors[0]?.message;
  }
  return undefined;
}
