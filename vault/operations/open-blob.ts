// POST /open-blob: from the ref of a blob to its key and a URL that gives the encrypted blob.

import { type OpenBlobResponse, openBlobRequest } from '../../wire/open-blob.ts';
import { REDACTED } from '../../wire/refs.ts';
import { rfc3339 } from '../domain/instant.ts';
import { type LocatedBlob, type OpenBlobDeps, openBlob } from '../usecases/open-blob.ts';
import { checked } from './checked.ts';
import type { Handler } from './handler.ts';

/** Handler of /open-blob. */
export function openBlobHandler(deps: OpenBlobDeps): Handler<OpenBlobResponse> {
  return async (caller, body) => {
    const { ref } = checked(openBlobRequest, body);
    const opened = await openBlob(deps, caller, ref);
    const isOpen = opened.status !== 'redacted';
    return { body: answerFor(opened), counts: { opened: isOpen ? 1 : 0, redacted: isOpen ? 0 : 1 } };
  };
}

function answerFor(opened: LocatedBlob): OpenBlobResponse {
  switch (opened.status) {
    case 'redacted':
      return { status: 'redacted', value: REDACTED };
    case 'ok':
      return { status: 'value', expiresAt: rfc3339(opened.expiresAtS) };
    case 'blob': {
      const { key, context, bytes } = opened.blob;
      const answer: OpenBlobResponse = {
        status: 'ok',
        key: key.toString('base64url'),
        context: context.toString('base64url'),
        bytes,
        url: opened.url,
        urlExpiresAt: rfc3339(opened.urlUntilS),
        expiresAt: rfc3339(opened.expiresAtS),
      };
      key.fill(0);
      return answer;
    }
  }
}
