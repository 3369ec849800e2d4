// Every limit of the wire, each with its reason.

/** Fields of one request, and of one bundle: one KMS.Encrypt takes 4,096 bytes, and each field needs 60 of them. */
export const MAX_FIELDS = 64;
/** Bytes of one field's JSON text in UTF-8: a bundle item stays under DynamoDB's 400 KB. */
export const MAX_FIELD_BYTES = 256 * 1024;

// Lambda takes 6 MB in each direction, and each quotation mark may need an escape.
const MAX_BODY_BYTES = 2.75 * 1024 * 1024;
/** Bytes of a request body in UTF-8. */
export const MAX_REQUEST_BYTES = MAX_BODY_BYTES;
/** Bytes of an answer's JSON text in UTF-8: every operation weighs what it would answer before it builds it. */
export const MAX_ANSWER_BYTES = MAX_BODY_BYTES;
/**
 * Bytes of an answer as Lambda sends it, with the body as a JSON string: 6 MB (Lambda quotas, invocation payload), less
 * what status and headers take.
 */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024 - 4 * 1024;
/** Bundles that the refs of one request may lie in: as many as one BatchGetItem reads. */
export const MAX_BUNDLES = 100;

/** Parts of one entry that are sealed, opened or explained: sixteen bundles. */
export const MAX_ENTRY_PARTS = 1024;
/** Characters (UTF-16 code units) of a field name. */
export const MAX_NAME_LENGTH = 128;
/** Characters (UTF-16 code units) of a subject. */
export const MAX_SUBJECT_LENGTH = 256;
/** Objects and arrays inside one another, the outermost included. */
export const MAX_JSON_DEPTH = 64;
/** Bytes of an `Authorization` header. */
export const MAX_AUTHORIZATION_BYTES = 8 * 1024;
/** The shortest `ttlSeconds` that any vault accepts. */
export const MIN_TTL_SECONDS = 60;
/** The longest `ttlSeconds` that any vault can be set to: 7 days. */
export const MAX_TTL_SECONDS = 7 * 24 * 3600;
/**
 * Bytes of a blob's plaintext: sealed, it is at most 5 GB, what one PUT takes (S3 user guide, uploading objects). Each
 * chunk of 16,384 bytes gets 16 more, and the message 72.
 */
export const MAX_BLOB_BYTES = 5 * 1024 ** 3 - 6 * 1024 ** 2;
/** How long the URL that takes a blob is valid, in seconds: as long as the shortest session of a role (STS API reference). */
export const BLOB_UPLOAD_SECONDS = 15 * 60;
/** How long the URL that gives a blob is valid, in seconds. */
export const BLOB_DOWNLOAD_SECONDS = 60;
