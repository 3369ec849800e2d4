// Finds keys by their tags where a KMS client finds its keys: on the fake, or at the client's endpoint.

import type { KMSClient } from '@aws-sdk/client-kms';
import { signedPost } from '../../lambda/aws/signed-post.ts';
import { type FindTaggedKeys, findTaggedKeys } from '../../lambda/kms/tagged-keys.ts';

/** A {@link FindTaggedKeys} with the client's endpoint and credentials. */
export function taggedKeysBeside(kms: KMSClient): FindTaggedKeys {
  return async function* (tags) {
    const at = await kms.config.endpoint?.();
    const endpoint = at === undefined ? 'https://tagging.invalid' : `${at.protocol}//${at.hostname}:${at.port}`;
    yield* findTaggedKeys(signedPost(kms.config, { name: 'tagging', endpoint, timeoutMs: 10_000 }))(tags);
  };
}
