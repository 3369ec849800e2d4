// POST /explain: from an entry to what `incoming` would do with it, and why.

import { type ExplainResponse, explainRequest } from '../../wire/explain.ts';
import { explainEntry } from '../usecases/explain.ts';
import type { Rings } from '../usecases/rings.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /explain. */
export function explainHandler(deps: { rings: Rings }): Handler<ExplainResponse> {
  return async (caller, body) => {
    const { entry, ...context } = checked(explainRequest, body);
    return { body: await explainEntry(deps, caller, entry, context) };
  };
}
