// A problem that an operator can solve: shown in one line, without a stack trace.

/** Its message names the cause and what to do. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
