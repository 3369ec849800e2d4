// POST /decrypt: from named tokens to named values, or stars.

import { type DecryptedField, type DecryptResponse, decryptRequest } from '../../wire/decrypt.ts';
import { REDACTED } from '../../wire/refs.ts';
import { rfc3339 } from '../domain/instant.ts';
import { type DecryptDeps, decrypt, type Opened } from '../usecases/decrypt.ts';
import { checked } from './checked.ts';
import type { Act, Acted } from './respond.ts';

/** The operation behind /decrypt. */
export function decryptAct(deps: DecryptDeps): Act {
  return async (caller, body): Promise<Acted<DecryptResponse>> => {
    const { refs } = checked(decryptRequest, body);
    const opened = await decrypt(deps, caller, new Map(Object.entries(refs)));
    const ok = [...opened.values()].filter(({ status }) => status === 'ok').length;
    return {
      body: { values: Object.fromEntries([...opened].map(([name, field]) => [name, shown(field)])) },
      counts: { opened: ok, redacted: opened.size - ok },
    };
  };
}

/** Why a field is redacted stops here. */
function shown(field: Opened): DecryptedField {
  if (field.status === 'redacted') return { status: 'redacted', value: REDACTED };
  return { status: 'ok', value: JSON.parse(field.json), expiresAt: rfc3339(field.expiresAtS) };
}
