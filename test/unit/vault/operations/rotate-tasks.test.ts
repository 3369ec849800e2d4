// The rotate function tells a deployment why it failed, in KMS's words, and fails loudly on its schedules.

import { describe, expect, test } from 'vitest';
import { askToRotate, type RotateRequest, rotateHandler } from '../../../../vault/operations/rotate-tasks.ts';

function handlerOf(failure?: unknown) {
  const done: string[] = [];
  const task = (name: string) => async (app?: string) => {
    done.push(app === undefined ? name : `${name} ${app}`);
    if (failure !== undefined) throw failure;
  };
  const handle = rotateHandler({
    rotate: task('rotate'),
    rotateOne: task('rotateOne'),
    tidyUp: task('tidyUp'),
    probe: task('probe'),
  });
  return { done, handle };
}

describe.each<[RotateRequest, string, boolean]>([
  [{}, 'rotate', false],
  [{ task: 'tidy-up' }, 'tidyUp', false],
  [{ task: 'probe' }, 'probe', true],
  [{ app: 'shop' }, 'rotateOne shop', true],
])('%j', (request, name, answers) => {
  test(`does ${name}`, async () => {
    const { done, handle } = handlerOf();
    await handle(request);
    expect(done).toEqual([name]);
  });

  test(answers ? 'answers why it failed' : 'throws, so that Lambda counts the failure', async () => {
    const { handle } = handlerOf(
      new AggregateError([new Error('refused: no'), new Error('refused: no')], 'some failed'),
    );
    if (answers) expect(await handle(request)).toEqual({ problem: 'refused: no' });
    else await expect(handle(request)).rejects.toThrow('some failed');
  });
});

describe('asking the rotate function', () => {
  const ask = (result: Awaited<ReturnType<Parameters<typeof askToRotate>[0]>>) =>
    askToRotate(async () => result, 'arn', { task: 'probe' });

  test('is done when it answers without a problem', async () => {
    await ask({ failed: false, answer: {} });
    await ask({ failed: false, answer: undefined });
  });

  test('rejects with its words, or with where to look', async () => {
    await expect(ask({ failed: false, answer: { problem: 'AccessDeniedException: no' } })).rejects.toThrow(
      'AccessDeniedException: no',
    );
    await expect(ask({ failed: true })).rejects.toThrow('see its log');
  });
});
