// What the OpenAPI document says about each operation. A new operation needs only one entry here.

import type * as z from 'zod/mini';
import { decryptRequest, decryptResponse } from '../../wire/decrypt.ts';
import { encryptRequest, encryptResponse } from '../../wire/encrypt.ts';
import { eraseRequest, eraseResponse } from '../../wire/erase.ts';
import { explainRequest, explainResponse } from '../../wire/explain.ts';
import { incomingRequest, incomingResponse } from '../../wire/incoming.ts';
import { openBlobRequest, openBlobResponse } from '../../wire/open-blob.ts';
import type { Operation } from '../../wire/operations.ts';
import { outgoingRequest, outgoingResponse } from '../../wire/outgoing.ts';
import { REDACTED } from '../../wire/refs.ts';
import { sealBlobRequest, sealBlobResponse } from '../../wire/seal-blob.ts';

/** One operation, for its callers. */
export interface DocumentedOperation {
  readonly summary: string;
  readonly description: string;
  readonly request: z.ZodMiniType;
  readonly answer: z.ZodMiniType;
  readonly example: { readonly request: object; readonly answer: object };
  /** Operations that take the answer of this one, and the body that passes it on (OpenAPI runtime expressions). */
  readonly links: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

// Asked one after the other at 10:00, these examples are answered like this, except for the bytes of the refs.
const EMAIL = 'dk2_AgBrBByw-oS4NBbMAZgm_RSEP8-OCGQtNcKc2Dl-OeNf5IK5c4gw4DzKT_64JuQvkWdVvl9cGEhK';
const PHONE = 'dk2_AgFrBByw-oS4NBbMAZgm_RSEP8-OLbE-gMKFxMYiF069dV5pDWVzKbhqbucvBaHkuCO249KfM1ky';
const TEXT = 'dk2_AgBrBBywMX6z1qNBHbrQX5ZHTMR7Qr7OxVVuk3Tj0GmpT0Mpa5ZBfhIrVSyLVJ4_oHBxT6wpP66R';
const LONG_GONE = 'dk2_AgBrAzSoOjXhwfKYYdRLJH5QmRmRmgwcLrVCAGjbPgfc_xnBSjL9qjCK_3sapQYAlEWCDbc2WFWu';
const SAID = { type: 'text.say', data: { text: 'my number is 555-0100', lang: 'en' } };
const SEALED = { type: 'text.say', data: { text: { $sensitive: TEXT }, lang: 'en' } };
const LIFE = { ttlSeconds: 3600, subject: 'user-17' };
const PICTURE = 'dk2_AgBrBBywgRTKtK3JXnlsG8fe8TngxBYBzWkrNXL-M1IH4lGI3ETv6Y2Kw_ggHxxSS8DsdndH1Fep';
const PICTURE_KEY = {
  key: 'Xr4B3fAeE_ZmPireAKNOrTW4i3WlIhm5YWq0uwuIoag',
  context: 'ZGF5a2V5L3YyL2Jsb2JrBBywgRTKtK3JXnlsG8fe8TngAHNob3A',
};
const PICTURE_URL = 'https://bucket.s3.eu-central-1.amazonaws.com/d1/shop/gRTKtK3JXnlsG8fe8Tng?X-Amz-Signature=0';
const EXPIRES_AT = '2026-11-23T11:00:00Z';

/** Every operation by name, which is the last part of its path. */
export const DOCUMENTED: Readonly<Record<Operation, DocumentedOperation>> = {
  encrypt: {
    summary: 'Seals values',
    description:
      'From named JSON values to named refs. A trusted integration with a ref can read its value until it expires.',
    request: encryptRequest,
    answer: encryptResponse,
    example: {
      request: { fields: { email: 'maya@example.org', phone: '555-0100' }, ...LIFE },
      answer: { refs: { email: EMAIL, phone: PHONE }, expiresAt: EXPIRES_AT },
    },
    links: { decrypt: { refs: '$response.body#/refs' }, erase: { refs: '$response.body#/refs' } },
  },
  decrypt: {
    summary: 'Opens refs',
    description: `From named refs to named values, or \`${REDACTED}\`: unknown, expired, erased and changed refs and those of another app get the same answer.`,
    request: decryptRequest,
    answer: decryptResponse,
    example: {
      request: { refs: { email: EMAIL, card: LONG_GONE } },
      answer: {
        values: {
          email: { status: 'ok', value: 'maya@example.org', expiresAt: EXPIRES_AT },
          card: { status: 'redacted', value: REDACTED },
        },
      },
    },
    links: {},
  },
  incoming: {
    summary: 'Seals what is sensitive in an entry',
    description: 'From an entry to the same entry with `{ "$sensitive": ref }` in place of each sensitive value.',
    request: incomingRequest,
    answer: incomingResponse,
    example: {
      request: { entry: SAID, thread: { mode: 'agent' }, ...LIFE },
      answer: { entry: SEALED, sensitive: true, sealed: ['/data/text'], expiresAt: EXPIRES_AT },
    },
    links: { outgoing: { entry: '$response.body#/entry' } },
  },
  outgoing: {
    summary: 'Opens an entry for an integration that gets plaintext',
    description:
      'From any JSON with refs in it to the same JSON with their values, or their replacements, in place of the refs.',
    request: outgoingRequest,
    answer: outgoingResponse,
    example: {
      request: { entry: SEALED },
      answer: { entry: SAID, opened: ['/data/text'], redacted: [], blobs: [] },
    },
    links: {},
  },
  explain: {
    summary: 'Says what would be sealed, and why',
    description: 'What `incoming` would do with each part of an entry. Nothing is sealed or written.',
    request: explainRequest,
    answer: explainResponse,
    example: {
      request: { entry: SAID, thread: { mode: 'agent' } },
      answer: {
        sensitive: true,
        rule: 'event',
        why: "Transcript is on and the thread's mode is not bot.",
        parts: [
          { pointer: '/data/lang', sealed: false, why: 'The catalogue lists data.lang as readable.' },
          {
            pointer: '/data/text',
            sealed: true,
            why: "Not listed as readable: transcript is on and the thread's mode is not bot.",
          },
        ],
      },
    },
    links: {},
  },
  erase: {
    summary: 'Erases a subject, or refs',
    description: 'After the answer, no ref that was issued before the request opens an erased value.',
    request: eraseRequest,
    answer: eraseResponse,
    example: { request: { subject: LIFE.subject }, answer: { erased: 3 } },
    links: {},
  },
  'seal-blob': {
    summary: 'Seals an image, a recording or any other blob',
    description:
      'From the size of a blob to a ref, a key and a URL. The caller encrypts the blob in the format of docs/media.md and puts it there; its bytes pass no function. Until then the ref leads to nothing.',
    request: sealBlobRequest,
    answer: sealBlobResponse,
    example: {
      request: { bytes: 1024, ...LIFE },
      answer: {
        ref: PICTURE,
        proof: '1795390800.XRcTQU9zz8LZblq3hMrwcTFn95VwulPbdv8BvLRXh8E',
        ...PICTURE_KEY,
        expiresAt: EXPIRES_AT,
        upload: {
          url: PICTURE_URL,
          headers: { 'content-length': '1096', 'if-none-match': '*' },
          expiresAt: '2026-11-23T10:15:00Z',
        },
      },
    },
    links: { 'open-blob': { ref: '$response.body#/ref' } },
  },
  'open-blob': {
    summary: 'Opens the ref of a blob',
    description: `From the ref of a blob to its key and a URL that gives the encrypted blob, or \`${REDACTED}\` as for any other ref.`,
    request: openBlobRequest,
    answer: openBlobResponse,
    example: {
      request: { ref: PICTURE },
      answer: {
        status: 'ok',
        ...PICTURE_KEY,
        bytes: 1024,
        url: PICTURE_URL,
        urlExpiresAt: '2026-11-23T10:01:00Z',
        expiresAt: EXPIRES_AT,
      },
    },
    links: {},
  },
};
