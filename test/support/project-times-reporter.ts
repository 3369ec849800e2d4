// Prints how long each test project took, from its first file's start to its last file's end.

import type { Reporter, TestModule } from 'vitest/node';

interface Span {
  readonly startMs: number;
  endMs: number;
}

export default class ProjectTimesReporter implements Reporter {
  readonly #spans = new Map<string, Span>();

  onTestModuleQueued({ project }: TestModule): void {
    const nowMs = performance.now();
    if (!this.#spans.has(project.name)) this.#spans.set(project.name, { startMs: nowMs, endMs: nowMs });
  }

  onTestModuleEnd({ project }: TestModule): void {
    const span = this.#spans.get(project.name);
    if (span) span.endMs = performance.now();
  }

  onTestRunEnd(): void {
    for (const [name, { startMs, endMs }] of this.#spans) {
      console.log(`time: ${name.padEnd(10)} ${String(Math.round((endMs - startMs) / 1000)).padStart(4)} s`);
    }
  }
}
