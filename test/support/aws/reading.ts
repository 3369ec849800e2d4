// The expressions in a DynamoDB request, read together, and what a key condition asks for.

import { type Input, invalid } from './answer.ts';
import { type Condition, expressionReader, type Path, type Update } from './expression.ts';
import type { AttributeValue, KeySchema } from './item.ts';

/** Every expression of a request, read. */
export interface Reading {
  readonly condition: Condition | undefined;
  readonly key: Condition | undefined;
  readonly paths: readonly Path[] | undefined;
  readonly update: Update | undefined;
}

/** Reads the expressions of a request. @throws Refusal for what DynamoDB does not read, unused placeholders included. */
export function readExpressions(input: Input): Reading {
  const reader = expressionReader(input);
  const read = <Read>(text: string | undefined, by: (text: string) => Read) =>
    text === undefined ? undefined : by(text);
  const reading = {
    condition: read(input.ConditionExpression ?? input.FilterExpression, reader.condition),
    key: read(input.KeyConditionExpression, reader.condition),
    paths: read(input.ProjectionExpression, reader.paths),
    update: read(input.UpdateExpression, reader.update),
  };
  reader.finish();
  return reading;
}

/** A key condition: the partition key equals a value, and at most one more condition, on the sort key. */
export function keyConditionIn(
  condition: Condition | undefined,
  keys: KeySchema,
): { partition: AttributeValue; range?: Condition } {
  if (condition === undefined) throw invalid('Either the KeyConditions or KeyConditionExpression must be specified');
  const [partition, range, ...others] = condition.kind === 'and' ? condition.parts : [condition];
  const isOnPartition =
    partition?.kind === 'compare' && partition.comparator === '=' && attributeOf(partition) === keys.partition;
  if (!isOnPartition || partition.right.kind !== 'value' || others.length > 0) {
    throw invalid('Query condition missed key schema element');
  }
  if (range === undefined) return { partition: partition.right.value };
  const isRange =
    range.kind === 'begins-with' || range.kind === 'between' || (range.kind === 'compare' && range.comparator !== '<>');
  if (!isRange || attributeOf(range) !== keys.sort) throw invalid('Query key condition not supported');
  return { partition: partition.right.value, range };
}

/** The one attribute that a condition is about. */
function attributeOf(condition: Condition): string | undefined {
  if (condition.kind === 'begins-with') return condition.path.join('.');
  const operand =
    condition.kind === 'compare' ? condition.left : condition.kind === 'between' ? condition.value : undefined;
  return operand?.kind === 'path' ? operand.path.join('.') : undefined;
}
