// POST /encrypt: from named JSON values to named refs.

import { type EncryptResponse, encryptRequest } from '../../wire/encrypt.ts';
import type { JsonObject } from '../../wire/json-object.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { DaykeyError } from '../domain/errors.ts';
import { rfc3339, secondsOfRfc3339 } from '../domain/instant.ts';
import { hasReservedKey } from '../domain/policy/refs.ts';
import { encrypt } from '../usecases/encrypt.ts';
import type { SealDeps } from '../usecases/serving-slot.ts';
import { checked } from './checked.ts';
import { fieldJson } from './field.ts';
import type { Handler } from './handler.ts';

/** Handler of /encrypt. */
export function encryptHandler(deps: SealDeps): Handler<EncryptResponse> {
  return async ({ ring }, body) => {
    const request = checked(encryptRequest, body);
    const { refs, expiresAtS } = await encrypt(deps, ring, {
      jsons: new Map(Object.entries(request.fields).map(([name, value]) => [name, sealable(name, value)])),
      ttlSeconds: request.ttlSeconds,
      notAfterS: request.notAfter === undefined ? undefined : secondsOfRfc3339(request.notAfter),
      subject: request.subject,
    });
    return { body: { refs: Object.fromEntries(refs), expiresAt: rfc3339(expiresAtS) } };
  };
}

/** The JSON text of a field. @throws DaykeyError `ref-not-allowed` where it holds the reserved key, `too-large`. */
function sealable(name: string, value: unknown): string {
  const path = `fields.${name}`;
  if (holdsRef(value)) {
    const message = `a field may not hold the reserved key ${SENSITIVE_KEY}: seal its JSON text instead`;
    throw new DaykeyError('ref-not-allowed', message, { paths: [path] });
  }
  return fieldJson(value, path);
}

function holdsRef(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsRef);
  // Not `Object.values`, which takes twice as long where there are many.
  const members = value as JsonObject;
  return hasReservedKey(members) || Object.keys(members).some((name) => holdsRef(members[name]));
}
