// POST /explain: from an entry to what `incoming` would do with it, and why.

import { type ExplainResponse, explainRequest } from '../../wire/explain.ts';
import { explainEntry } from '../usecases/explain.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /explain. */
export function explainHandler(): Handler<ExplainResponse> {
  return async (caller, body) => {
    const { entry, ...context } = checked(explainRequest, body);
    return { body: explainEntry(caller, entry, context) };
  };
}
