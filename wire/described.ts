// Descriptions of what a request holds, at its schema. The OpenAPI document takes them over.

import * as z from 'zod/mini';

/**
 * The same schema, with a description for callers in Markdown.
 *
 * @param shape JSON Schema of what our own functions check, which zod cannot derive.
 */
export function described<Schema extends z.ZodMiniType>(description: string, schema: Schema, shape?: object): Schema {
  z.globalRegistry.add(schema, shape === undefined ? { description } : { description, override: shape });
  return schema;
}
