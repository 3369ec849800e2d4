// KMS as far as the vault, the benches and their peer use it: keys with states and tags, blobs that authenticate, signatures.

import { generateKeyPairSync, type KeyObject, randomBytes, randomUUID, sign } from 'node:crypto';
import { isBlobOf, openBlob, sealBlob } from '../../../vault/memory/kms-blob.ts';
import { bytesOf, expectOnly, type Input, invalid, Refusal } from './answer.ts';

export interface FakeKms {
  readonly actions: Readonly<Record<string, (input: Input) => object>>;
  /** GetResources of the Resource Groups Tagging API, for keys. */
  taggedKeys(input: Input): object;
  /** Adds an enabled encryption key under a chosen ARN. */
  addKey(arn: string): void;
}

interface Key {
  readonly arn: string;
  readonly createdAtS: number;
  readonly tags: readonly { readonly TagKey: string; readonly TagValue: string }[];
  /** Material of an encryption key, or the key pair of a signing key. */
  readonly secret: Buffer | { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  state: 'Enabled' | 'Disabled' | 'PendingDeletion';
  deletedAtS: number;
}

/** Limits of the calls, in bytes and days (AWS KMS API reference, Encrypt, Decrypt, CreateKey, ScheduleKeyDeletion). */
const MAX_PLAINTEXT_BYTES = 4096;
const MAX_WRAPPED_BYTES = 6144;
const MAX_POLICY_BYTES = 32_768;
const DELETION_DAYS = { least: 7, most: 30 };
const DAY_S = 24 * 3600;
const KEYS_A_PAGE = 100;
/** Resource Groups Tagging API reference, GetResources. */
const MAX_TAGGED_A_PAGE = 100;
const ARN_PREFIX = 'arn:aws:kms:eu-central-1:111122223333:key/';

/** An account without keys. @param clock milliseconds since 1970 */
export function fakeKms(clock: () => number): FakeKms {
  const keys = new Map<string, Key>();
  const nowS = () => clock() / 1000;

  function add(arn: string, secret: Key['secret'], tags: Key['tags'] = []): Key {
    const key: Key = { arn, secret, tags, createdAtS: nowS(), state: 'Enabled', deletedAtS: Number.POSITIVE_INFINITY };
    keys.set(arn, key);
    return key;
  }

  /** The key of an ARN or of a bare key ID. */
  function keyOf({ KeyId }: Input): Key {
    const key = keys.get(KeyId) ?? keys.get(ARN_PREFIX + KeyId);
    if (key === undefined || nowS() >= key.deletedAtS)
      throw new Refusal('NotFoundException', `Key '${KeyId}' does not exist`);
    return key;
  }

  function enabled(input: Input): Key {
    const key = keyOf(input);
    if (key.state === 'Disabled') throw new Refusal('DisabledException', `${key.arn} is disabled.`);
    if (key.state === 'PendingDeletion')
      throw new Refusal('KMSInvalidStateException', `${key.arn} is pending deletion.`);
    return key;
  }

  function encryptionKey(input: Input): Key & { readonly secret: Buffer } {
    const key = enabled(input);
    if (!Buffer.isBuffer(key.secret)) throw new Refusal('InvalidKeyUsageException', `${key.arn} does not encrypt.`);
    return { ...key, secret: key.secret };
  }

  function change(input: Input, from: readonly Key['state'][], to: Key['state']): Key {
    const key = keyOf(input);
    if (!from.includes(key.state)) throw new Refusal('KMSInvalidStateException', `${key.arn} is ${key.state}.`);
    key.state = to;
    return key;
  }

  return {
    addKey: (arn) => void add(arn, randomBytes(32)),

    taggedKeys(input) {
      expectOnly('GetResources', input, ['ResourceTypeFilters', 'TagFilters', 'ResourcesPerPage', 'PaginationToken']);
      const { TagFilters = [], ResourcesPerPage = 50, PaginationToken = '0' } = input;
      if (ResourcesPerPage > MAX_TAGGED_A_PAGE) throw invalid('at most 100 resources a page');
      const matches = [...keys.values()].filter(({ tags, deletedAtS }) => {
        const has = ({ Key, Values }: Input) =>
          tags.some(({ TagKey, TagValue }) => TagKey === Key && Values.includes(TagValue));
        return nowS() < deletedAtS && tags.length > 0 && TagFilters.every(has);
      });
      const start = Number(PaginationToken);
      const page = matches.slice(start, start + ResourcesPerPage);
      return {
        ResourceTagMappingList: page.map(({ arn, tags }) => ({
          ResourceARN: arn,
          Tags: tags.map(({ TagKey, TagValue }) => ({ Key: TagKey, Value: TagValue })),
        })),
        PaginationToken: start + ResourcesPerPage < matches.length ? String(start + ResourcesPerPage) : '',
      };
    },

    actions: {
      CreateKey(input) {
        const { Policy, Tags, KeySpec = 'SYMMETRIC_DEFAULT' } = input;
        expectOnly('CreateKey', input, [
          'Description',
          'Policy',
          'BypassPolicyLockoutSafetyCheck',
          'Tags',
          'KeySpec',
          'KeyUsage',
        ]);
        if (Policy !== undefined) checkPolicy(Policy);
        const secret =
          KeySpec === 'ECC_NIST_P256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : randomBytes(32);
        return { KeyMetadata: metadataOf(add(ARN_PREFIX + randomUUID(), secret, Tags)) };
      },

      DescribeKey(input) {
        expectOnly('DescribeKey', input, ['KeyId']);
        return { KeyMetadata: metadataOf(keyOf(input)) };
      },

      ListKeys(input) {
        expectOnly('ListKeys', input, ['Limit', 'Marker']);
        const { Limit = KEYS_A_PAGE, Marker } = input;
        const arns = [...keys.values()].filter(({ deletedAtS }) => nowS() < deletedAtS).map(({ arn }) => arn);
        const start = Marker === undefined ? 0 : Number(Marker);
        const Keys = arns.slice(start, start + Limit).map((KeyArn) => ({ KeyArn, KeyId: idOf(KeyArn) }));
        const Truncated = start + Limit < arns.length;
        return { Keys, Truncated, ...(Truncated && { NextMarker: String(start + Limit) }) };
      },

      ListResourceTags(input) {
        expectOnly('ListResourceTags', input, ['KeyId']);
        return { Tags: keyOf(input).tags, Truncated: false };
      },

      Encrypt(input) {
        expectOnly('Encrypt', input, ['KeyId', 'Plaintext', 'EncryptionContext']);
        const { arn, secret } = encryptionKey(input);
        const plaintext = bytesOf(input.Plaintext);
        if (plaintext.length < 1 || plaintext.length > MAX_PLAINTEXT_BYTES)
          throw invalid('plaintext of 1 to 4096 bytes');
        const blob = sealBlob(arn, secret, input.EncryptionContext ?? {}, plaintext);
        return { KeyId: arn, CiphertextBlob: blob.toString('base64') };
      },

      Decrypt(input) {
        expectOnly('Decrypt', input, ['KeyId', 'CiphertextBlob', 'EncryptionContext']);
        const { arn, secret } = encryptionKey(input);
        const blob = bytesOf(input.CiphertextBlob);
        if (blob.length < 1 || blob.length > MAX_WRAPPED_BYTES) throw invalid('a blob of 1 to 6144 bytes');
        const isOfAnother = !isBlobOf(arn, blob) && [...keys.keys()].some((other) => isBlobOf(other, blob));
        if (isOfAnother) throw new Refusal('IncorrectKeyException', 'The key ID identifies another key.');
        const plaintext = openBlob(arn, secret, input.EncryptionContext ?? {}, blob);
        if (plaintext === undefined) throw new Refusal('InvalidCiphertextException', 'The blob is invalid.');
        return { KeyId: arn, Plaintext: plaintext.toString('base64') };
      },

      GenerateDataKey(input) {
        expectOnly('GenerateDataKey', input, ['KeyId', 'NumberOfBytes', 'KeySpec', 'EncryptionContext', 'GrantTokens']);
        const { arn, secret } = encryptionKey(input);
        const key = randomBytes(input.NumberOfBytes ?? 32);
        const blob = sealBlob(arn, secret, input.EncryptionContext ?? {}, key);
        return { KeyId: arn, Plaintext: key.toString('base64'), CiphertextBlob: blob.toString('base64') };
      },

      ScheduleKeyDeletion(input) {
        expectOnly('ScheduleKeyDeletion', input, ['KeyId', 'PendingWindowInDays']);
        const { PendingWindowInDays: days = DELETION_DAYS.most } = input;
        if (days < DELETION_DAYS.least || days > DELETION_DAYS.most) throw invalid('a window of 7 to 30 days');
        const key = change(input, ['Enabled', 'Disabled'], 'PendingDeletion');
        key.deletedAtS = nowS() + days * DAY_S;
        return { KeyId: key.arn, DeletionDate: key.deletedAtS, KeyState: key.state, PendingWindowInDays: days };
      },

      CancelKeyDeletion(input) {
        const key = change(input, ['PendingDeletion'], 'Disabled');
        key.deletedAtS = Number.POSITIVE_INFINITY;
        return { KeyId: key.arn };
      },

      DisableKey(input) {
        change(input, ['Enabled', 'Disabled'], 'Disabled');
        return {};
      },

      EnableKey(input) {
        change(input, ['Enabled', 'Disabled'], 'Enabled');
        return {};
      },

      Sign(input) {
        expectOnly('Sign', input, ['KeyId', 'Message', 'SigningAlgorithm']);
        const message = bytesOf(input.Message);
        if (message.length < 1 || message.length > MAX_PLAINTEXT_BYTES) throw invalid('a message of 1 to 4096 bytes');
        if (input.SigningAlgorithm !== 'ECDSA_SHA_256') throw invalid('the signing algorithm does not fit the key');
        const { arn, privateKey } = signingKey(enabled(input));
        return { KeyId: arn, Signature: sign('sha256', message, privateKey).toString('base64') };
      },

      GetPublicKey(input) {
        const { arn, publicKey } = signingKey(enabled(input));
        const der = publicKey.export({ type: 'spki', format: 'der' });
        return { KeyId: arn, KeySpec: 'ECC_NIST_P256', PublicKey: der.toString('base64') };
      },
    },
  };
}

function signingKey({ arn, secret }: Key) {
  if (Buffer.isBuffer(secret)) throw new Refusal('InvalidKeyUsageException', `${arn} does not sign.`);
  return { arn, publicKey: secret.publicKey, privateKey: secret.privateKey };
}

function metadataOf({ arn, state, createdAtS, deletedAtS }: Key): object {
  return {
    Arn: arn,
    KeyId: idOf(arn),
    KeyState: state,
    Enabled: state === 'Enabled',
    CreationDate: createdAtS,
    ...(state === 'PendingDeletion' && { DeletionDate: deletedAtS }),
  };
}

function checkPolicy(policy: string): void {
  try {
    JSON.parse(policy);
  } catch {
    throw new Refusal('MalformedPolicyDocumentException', 'The new key policy is not valid JSON.');
  }
  if (Buffer.byteLength(policy) > MAX_POLICY_BYTES)
    throw new Refusal('LimitExceededException', 'The policy is too long.');
}

function idOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
