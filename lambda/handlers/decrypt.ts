// POST /decrypt: from named tokens to named values, or stars.

import { type DecryptedField, type DecryptResponse, decryptRequest } from '../contract/decrypt.ts';
import { REDACTED } from '../contract/refs.ts';
import { type DecryptDeps, decrypt, type Opened } from '../usecases/decrypt.ts';
import { checked } from './checked.ts';
import { rfc3339 } from './instant.ts';
import type { Act } from './serve.ts';

/** The operation behind /decrypt. */
export function decryptAct(deps: DecryptDeps): Act {
  return async ({ app }, body): Promise<DecryptResponse> => {
    const { refs } = checked(decryptRequest, body);
    const opened = await decrypt(deps, app, new Map(Object.entries(refs)));
    return { values: Object.fromEntries([...opened].map(([name, field]) => [name, shown(field)])) };
  };
}

/** Why a field is redacted stops here. */
function shown(field: Opened): DecryptedField {
  if (field.status === 'redacted') return { status: 'redacted', value: REDACTED };
  return { status: 'ok', value: JSON.parse(field.json), expiresAt: rfc3339(field.expiresAtS) };
}
