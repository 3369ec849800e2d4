// What the rotate function is asked, and how it tells a deployment why it failed: in KMS's own words.

import { messagesOf } from '../domain/errors.ts';
import type { Invoke } from '../ports/invoke.ts';

/** An event of a schedule, or an invocation for one app or for the probe, by the function that sets apps up. */
export interface RotateRequest {
  readonly app?: string;
  readonly task?: 'tidy-up' | 'probe';
}

/** What an invocation answers. An error would only say that there is one, and ring the alarm for a setting at fault. */
interface RotateAnswer {
  /** Why it failed; absent when it did not. */
  readonly problem?: string;
}

export interface RotateTasks {
  rotate(): Promise<void>;
  rotateOne(app: string): Promise<void>;
  tidyUp(): Promise<void>;
  probe(): Promise<void>;
}

/** Handles the events of the rotate function. Failures of a schedule are thrown, so that Lambda counts them. */
export function rotateHandler(tasks: RotateTasks): (event: RotateRequest) => Promise<RotateAnswer | undefined> {
  return async ({ app, task }) => {
    if (task === 'probe') return await answered(() => tasks.probe());
    if (app !== undefined) return await answered(() => tasks.rotateOne(app));
    await (task === 'tidy-up' ? tasks.tidyUp() : tasks.rotate());
    return undefined;
  };
}

/** Asks the rotate function. @throws Error with its words when it failed. */
export async function askToRotate(invoke: Invoke, functionName: string, request: RotateRequest): Promise<void> {
  const result = await invoke(functionName, request);
  if (result.failed) throw new Error('the rotate function ended without an answer: see its log');
  const { problem } = (result.answer ?? {}) as RotateAnswer;
  if (problem !== undefined) throw new Error(problem);
}

async function answered(task: () => Promise<void>): Promise<RotateAnswer> {
  try {
    await task();
    return {};
  } catch (error) {
    return { problem: messagesOf(error) };
  }
}
