// Our signatures are those of AWS's own signer, whatever is signed, by whom and when.

import { Sha256 } from '@smithy/core/checksum';
import { HttpRequest } from '@smithy/core/protocols';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type SigningConfig, sigV4Signer } from '../../../../lambda/aws/lean-sdk.ts';

const aWord = fc.string({ minLength: 1 });
const anIdentity = fc.record(
  { accessKeyId: aWord, secretAccessKey: aWord, sessionToken: fc.string({ unit: fc.constantFrom(...'aB0+/=') }) },
  { requiredKeys: ['accessKeyId', 'secretAccessKey'] },
);
/** Names as Node and the SDK write them, and values as HTTP allows them. */
const headers = fc.dictionary(
  fc.constantFrom('content-type', 'x-amz-target', 'amz-sdk-request', 'user-agent', 'x-amzn-trace-id', 'connection'),
  fc.stringMatching(/^[\x20-\x7e]{0,40}$/),
);
const aRequest = fc.record({
  headers,
  path: fc.array(fc.stringMatching(/^[^./]+$/u), { maxLength: 4 }).map((segments) => `/${segments.join('/')}`),
  body: fc.oneof(fc.string({ unit: 'binary' }), fc.uint8Array()),
});
const aDate = fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true });

test('every signature equals that of @smithy/signature-v4', async () => {
  await fc.assert(
    fc.asyncProperty(
      anIdentity,
      fc.constantFrom('kms', 'dynamodb'),
      fc.constantFrom('eu-central-1', 'us-gov-west-1'),
      fc.array(fc.tuple(aRequest, aDate), { minLength: 1, maxLength: 3 }),
      async (identity, service, place, requests) => {
        const credentials = async () => identity;
        const region = async () => place;
        // One signer for all: it keeps the key of a day.
        const ours = sigV4Signer({ credentials, region, defaultSigningName: service } as unknown as SigningConfig);
        const theirs = new SignatureV4({ service, region, credentials, sha256: Sha256 });
        for (const [request, signingDate] of requests) {
          const whole = new HttpRequest({ method: 'POST', hostname: 'h', ...request });
          whole.headers.host = 'h.amazonaws.com';
          expect(await ours.sign(whole, { signingDate })).toEqual(await theirs.sign(whole, { signingDate }));
        }
      },
    ),
  );
});

test('credentials that were renewed sign with their own key', async () => {
  let secretAccessKey = 'one';
  const credentials = async () => ({ accessKeyId: 'a', secretAccessKey });
  const region = async () => 'eu-central-1';
  const ours = sigV4Signer({ credentials, region, defaultSigningName: 'kms' } as unknown as SigningConfig);
  const theirs = new SignatureV4({ service: 'kms', region, credentials, sha256: Sha256 });
  const request = new HttpRequest({ method: 'POST', hostname: 'h', headers: { host: 'h' }, body: '{}' });
  const signingDate = new Date();
  for (const secret of ['one', 'two', 'one']) {
    secretAccessKey = secret;
    expect(await ours.sign(request, { signingDate })).toEqual(await theirs.sign(request, { signingDate }));
  }
});
