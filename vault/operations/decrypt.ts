// POST /decrypt: from named refs to named values, or stars.

import { type DecryptedField, type DecryptResponse, decryptRequest } from '../../wire/decrypt.ts';
import { REDACTED } from '../../wire/refs.ts';
import { rfc3339 } from '../domain/instant.ts';
import { type DecryptDeps, decrypt } from '../usecases/decrypt.ts';
import type { Opened } from '../usecases/open-bundles.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /decrypt. */
export function decryptHandler(deps: DecryptDeps): Handler<DecryptResponse> {
  return async (caller, body) => {
    const { refs } = checked(decryptRequest, body);
    const opened = await decrypt(deps, caller, new Map(Object.entries(refs)));
    const ok = [...opened.values()].filter(({ status }) => status !== 'redacted').length;
    return {
      body: { values: Object.fromEntries([...opened].map(([name, field]) => [name, shown(field)])) },
      counts: { opened: ok, redacted: opened.size - ok },
    };
  };
}

/** A field as callers see it: without the reason why it is redacted. */
function shown(field: Opened): DecryptedField {
  switch (field.status) {
    case 'redacted':
      return { status: 'redacted', value: REDACTED };
    case 'blob':
      return { status: 'blob', value: REDACTED, expiresAt: rfc3339(field.expiresAtS) };
    case 'ok':
      return { status: 'ok', value: JSON.parse(field.json), expiresAt: rfc3339(field.expiresAtS) };
  }
}
