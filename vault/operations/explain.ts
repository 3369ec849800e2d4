// POST /explain: from an entry to what `incoming` would do with it, and why.

import { type ExplainResponse, explainRequest } from '../../wire/explain.ts';
import { explainEntry } from '../usecases/explain.ts';
import type { Rings } from '../usecases/rings.ts';
import { checked } from './checked.ts';
import type { Act, Acted } from './respond.ts';

/** The operation behind /explain. */
export function explainAct(deps: { rings: Rings }): Act {
  return async (caller, body): Promise<Acted<ExplainResponse>> => {
    const { entry, ...context } = checked(explainRequest, body);
    return { body: await explainEntry(deps, caller, entry, context) };
  };
}
