// An operation: from a verified caller and a parsed body to the body of the answer.

import type { FunctionName, Operation, ServedBy } from '../../wire/operations.ts';
import type { Caller } from '../domain/trust.ts';
import type { FieldCounts } from '../ports/telemetry.ts';

/** Checks a body against its schema, runs the use case and answers. @throws DaykeyError for what is refused. */
export type Handler<Body = unknown> = (caller: Caller, body: unknown) => Promise<HandlerResult<Body>>;

/** The body of an answer, and the counts that the request's log line gets. */
export interface HandlerResult<Body> {
  readonly body: Body;
  readonly counts?: FieldCounts;
}

/** Handlers by operation. */
export type Handlers = Readonly<Partial<Record<Operation, Handler>>>;

/** What one function serves. A new operation of this function does not compile until it has a handler. */
export type FunctionHandlers<Name extends FunctionName> = Readonly<Record<ServedBy<Name>, Handler>>;
