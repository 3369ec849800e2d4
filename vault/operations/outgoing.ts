// POST /outgoing: from JSON with refs to the same JSON with values, or what stands for them.

import { type OutgoingResponse, outgoingRequest } from '../../wire/outgoing.ts';
import { type OutgoingDeps, outgoing } from '../usecases/outgoing.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /outgoing. */
export function outgoingHandler(deps: OutgoingDeps): Handler<OutgoingResponse> {
  return async (caller, body) => {
    const { entry, redactAs } = checked(outgoingRequest, body);
    const opened = await outgoing(deps, caller, entry, redactAs);
    return {
      body: opened,
      counts: { opened: opened.opened.length + opened.blobs.length, redacted: opened.redacted.length },
    };
  };
}
