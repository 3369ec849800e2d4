// POST /erase: from a subject, or named refs, to the number of erased fields.

import { type EraseResponse, eraseRequest } from '../../wire/erase.ts';
import { type EraseDeps, eraseRefs, eraseSubject } from '../usecases/erase.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /erase. */
export function eraseHandler(deps: EraseDeps): Handler<EraseResponse> {
  return async ({ app }, body) => {
    const request = checked(eraseRequest, body);
    const erased =
      'subject' in request
        ? await eraseSubject(deps, app, request.subject)
        : await eraseRefs(deps, app, Object.values(request.refs));
    return { body: { erased } };
  };
}
