// The limits of the wire, each with where it comes from.

/** Fields of one request: one KMS.Encrypt takes 4,096 bytes, a field needs 60 of them. */
export const MAX_FIELDS = 64;
/** Bytes of one field's JSON text in UTF-8: a bundle item stays under DynamoDB's 400 KB. */
export const MAX_FIELD_BYTES = 256 * 1024;
/** Bytes of a request body in UTF-8: Lambda takes 6 MB, and quotes double when the event escapes them. */
export const MAX_REQUEST_BYTES = 2.75 * 1024 * 1024;
/** Bytes of stored fields that one request opens: their quotes may double, and the answer has to fit Lambda's 6 MB. */
export const MAX_ANSWER_BYTES = 2.75 * 1024 * 1024;
/** Characters (UTF-16 code units) of a field name. */
export const MAX_NAME_LENGTH = 128;
/** Characters (UTF-16 code units) of a subject. */
export const MAX_SUBJECT_LENGTH = 256;
/** Objects and arrays inside one another, the request body included. */
export const MAX_JSON_DEPTH = 64;
/** Bytes of an `Authorization` header. */
export const MAX_AUTHORIZATION_BYTES = 8 * 1024;
/** The longest `ttlSeconds` any vault can be set to: 7 days. */
export const MAX_TTL_SECONDS = 7 * 24 * 3600;
