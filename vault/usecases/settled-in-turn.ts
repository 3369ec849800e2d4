// Many calls of which only some run at the same time.

/** Calls `act` with each item, `atOnce` at a time; the results in the order of the items. Starts none after a failure. */
export async function settledInTurn<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  act: (item: Item) => Promise<Result>,
): Promise<PromiseSettledResult<Result>[]> {
  const results: PromiseSettledResult<Result>[] = [];
  const waiting = items.entries();
  let hasFailed = false;
  const takeTurns = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      const [result] = await Promise.allSettled([act(item)]);
      results[index] = result;
      hasFailed ||= result.status === 'rejected';
      if (hasFailed) return;
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, takeTurns));
  return results.filter((result) => result !== undefined);
}

/** The values of calls that have all settled. @throws what the first one that failed threw. */
export function fulfilled<Result>(results: readonly PromiseSettledResult<Result>[]): Result[] {
  return results.map((result) => {
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  });
}
