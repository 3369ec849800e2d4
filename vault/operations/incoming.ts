// POST /incoming: from an entry to the same entry with refs in the place of its sensitive values.

import { type IncomingResponse, incomingRequest } from '../../wire/incoming.ts';
import { rfc3339, secondsOfRfc3339 } from '../domain/instant.ts';
import { type IncomingDeps, incoming } from '../usecases/incoming.ts';
import { checked } from './checked.ts';
import { fieldJson } from './field.ts';
import type { Handler } from './handler.ts';

/** Handler of /incoming. */
export function incomingHandler(deps: IncomingDeps): Handler<IncomingResponse> {
  return async (caller, body) => {
    const { entry, blob, thread, component, cause, ttlSeconds, notAfter, subject } = checked(incomingRequest, body);
    const sealed = await incoming(deps, caller, {
      entry,
      blob,
      context: { thread, component, cause },
      toJson: fieldJson,
      notAfterS: notAfter === undefined ? undefined : secondsOfRfc3339(notAfter),
      ttlSeconds,
      subject,
    });
    const answer = { entry: sealed.entry, sensitive: sealed.sensitive, sealed: sealed.sealed };
    if (sealed.expiresAtS === undefined) return { body: answer };
    return { body: { ...answer, expiresAt: rfc3339(sealed.expiresAtS) } };
  };
}
