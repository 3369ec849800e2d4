// What JSON Schema cannot say of the requests: a sentence for each member, and the maps that zod does not know by shape.

import * as z from 'zod/mini';
import { decryptRequest } from '../../wire/decrypt.ts';
import { encryptRequest } from '../../wire/encrypt.ts';
import { eraseRequest } from '../../wire/erase.ts';
import { incomingRequest } from '../../wire/incoming.ts';
import { life } from '../../wire/life.ts';
import {
  MAX_ENTRY_PARTS,
  MAX_FIELD_BYTES,
  MAX_FIELDS,
  MAX_NAME_LENGTH,
  MAX_SUBJECT_LENGTH,
  MAX_TTL_SECONDS,
  MIN_TTL_SECONDS,
} from '../../wire/limits.ts';
import { instant, pointer, ref } from '../../wire/notation.ts';
import { outgoingRequest } from '../../wire/outgoing.ts';
import { SENSITIVE_KEY } from '../../wire/refs.ts';
import { problemResponse } from './problem.ts';

// The registry is a map by schema: a member that several requests share is described once.
const { entry, thread, component, cause } = incomingRequest.shape;
const [ofSubject, ofRefs] = eraseRequest.def.options;
const MAP_OF_REFS = `1 to ${MAX_FIELDS} refs under names of your own, each of 1 to ${MAX_NAME_LENGTH} characters`;

const WORDS: readonly (readonly [schema: z.core.$ZodType, description: string])[] = [
  [ref, 'A ref: opaque, safe to store, worthless without trust.'],
  [instant, 'RFC 3339, in UTC.'],
  [pointer, 'JSON pointer (RFC 6901).'],
  [
    encryptRequest.shape.fields,
    `1 to ${MAX_FIELDS} values under names of your own. A value is any JSON of at most ${MAX_FIELD_BYTES} bytes of text, without the reserved name \`${SENSITIVE_KEY}\` in any of its objects.`,
  ],
  [
    life.ttlSeconds,
    "How long all that is sealed lives, in seconds, up to the app's maximum. Default: the app's. With `notAfter` the sooner of the two holds.",
  ],
  [life.notAfter, 'RFC 3339, any offset: an instant in the future that nothing of it outlives, however close.'],
  [
    life.subject,
    `Whom it is about, 1 to ${MAX_SUBJECT_LENGTH} characters (UTF-16 code units), so that all of it can be erased at once. Stored as a keyed hash only.`,
  ],
  [ofSubject.shape.subject, 'Erases all that was sealed with this subject.'],
  [decryptRequest.shape.refs, `${MAP_OF_REFS}. A string that is no ref is answered like an unknown one.`],
  [ofRefs.shape.refs, `${MAP_OF_REFS}. What is no ref, or another app's, counts nothing.`],
  [entry, 'An entry of a conversational platform. Only `data` is ever sealed.'],
  [
    entry.shape.type,
    'Says which fields of `data` may stay readable; of a type that the catalogue does not know, none.',
  ],
  [
    entry.shape.id,
    "The platform's ID of the entry. Like every ID here it stays readable, and says nothing about a person.",
  ],
  [entry.shape.timestamp, 'When it came up: RFC 3339, or seconds or milliseconds since 1970. Stays readable.'],
  [entry.shape.sensitive, 'Flags an event as sensitive. `false` overrides no rule.'],
  [entry.shape.thread, 'The thread that the entry belongs to, by its ID. Its mode stands beside the entry.'],
  [entry.shape.user, 'Who the event is from: those of type `agent` or `system` are sensitive.'],
  [
    entry.shape.data,
    `Any JSON object. Refs in it are \`{ "${SENSITIVE_KEY}": ref }\`, and only components may send them.`,
  ],
  [thread, 'The thread of an event; in mode `bot` it is not sensitive by itself.'],
  [component, 'The component that gave a response.'],
  [cause, 'Whether the incoming event that set off a trigger was sensitive.'],
  [
    outgoingRequest.shape.entry,
    `Any JSON, with up to ${MAX_ENTRY_PARTS} refs in it, \`{ "${SENSITIVE_KEY}": token }\` each. A bare string is never a ref.`,
  ],
  [
    outgoingRequest.shape.redactAs,
    'What stands for a ref that is not opened: stars, `null`, or the ref itself. Default: `string`, the stars.',
  ],
  [problemResponse, 'Problem details (RFC 9457). Never holds a value of the request.'],
];

// What our own functions check, zod cannot express in JSON Schema. Nor does it know which lives no vault accepts.
const SHAPES: ReadonlyMap<z.core.$ZodType, object> = new Map<z.core.$ZodType, object>([
  [encryptRequest.shape.fields, mapOf({})],
  [decryptRequest.shape.refs, mapOf({ type: 'string' })],
  [ofRefs.shape.refs, mapOf({ type: 'string' })],
  [entry.shape.data, { type: 'object' }],
  [life.ttlSeconds, { type: 'integer', minimum: MIN_TTL_SECONDS, maximum: MAX_TTL_SECONDS }],
]);

for (const [schema, description] of WORDS) {
  z.globalRegistry.add(schema, { description, override: SHAPES.get(schema) });
}

function mapOf(member: object): object {
  return {
    type: 'object',
    minProperties: 1,
    maxProperties: MAX_FIELDS,
    propertyNames: { minLength: 1, maxLength: MAX_NAME_LENGTH },
    additionalProperties: member,
  };
}
