// Answers the events of custom resources: CloudFormation always gets one answer, a direct invocation the error.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { documentDigest } from '../../vault/domain/app-record.ts';
import { causesOf } from '../../vault/domain/errors.ts';
import type { Telemetry } from '../../vault/ports/telemetry.ts';
import type { ApplyOutcome } from '../../vault/usecases/apps/apply-settings.ts';

/** What CloudFormation asks for. */
export const REQUEST_TYPES = ['Create', 'Update', 'Delete'] as const;

/**
 * An event of CloudFormation (user guide, custom resource request objects). One without a response address comes from a direct
 * invocation, which needs no more than a type, its properties and, to end something, its physical ID.
 */
export interface ResourceEvent {
  readonly RequestType: (typeof REQUEST_TYPES)[number];
  readonly ResourceType?: string;
  readonly ResponseURL?: string;
  readonly RequestId?: string;
  readonly StackId?: string;
  readonly LogicalResourceId?: string;
  readonly PhysicalResourceId?: string;
  readonly ResourceProperties?: Readonly<Record<string, unknown>>;
  readonly OldResourceProperties?: Readonly<Record<string, unknown>>;
  /** Set by the function itself, when it goes on with an event. */
  readonly Continues?: number;
}

/** 16 hex digits that are the same for every event of one resource of one stack. */
export function resourceDigest({ StackId, LogicalResourceId }: ResourceEvent): string {
  return documentDigest(JSON.stringify([StackId, LogicalResourceId])).slice(0, 16);
}

/** What an event asks for. */
export interface Task {
  readonly physicalId: string;
  /** @default physicalId */
  readonly physicalIdOnSuccess?: string;
  /** A number, when its time was over: the event is to come again with it in `Continues`. */
  run(): Promise<ApplyOutcome>;
}

export interface CustomResourceDeps {
  /** What an event asks for. Checks everything in it, before anything is stored. */
  readTask(event: ResourceEvent): Task;
  /** Has the function invoked with an event that is not done. */
  goOn(event: ResourceEvent): Promise<void>;
  readonly telemetry: Pick<Telemetry, 'note'>;
  /** Waits between two tries to answer. @default real time */
  readonly wait?: ((ms: number) => Promise<unknown>) | undefined;
}

/**
 * Bytes of a reason as JSON. CloudFormation refuses answers above 4,096 bytes (CloudFormation user guide, custom resource
 * response objects), and the other members take less than the difference.
 */
const MAX_REASON_BYTES = 3000;
/** How often an answer is sent, and how long to wait before the next try. */
const ANSWER_TRIES = 4;
const BETWEEN_ANSWERS_MS = 1000;

/**
 * The handler. CloudFormation gets one answer for each request, however often its event arrives; a direct invocation fails with
 * the error instead. Once the work is done, the handler never throws.
 */
export function customResource(deps: CustomResourceDeps) {
  return async (event: ResourceEvent, context: Context): Promise<void> => {
    const { ResponseURL } = event;
    if (ResponseURL === undefined) {
      await deps.readTask(event).run();
      return;
    }
    let physicalId = event.PhysicalResourceId ?? context.logStreamName;
    let reason: string | undefined;
    try {
      const task = deps.readTask(event);
      // Whatever becomes of the task: CloudFormation then deletes what was begun under this name.
      physicalId = task.physicalId;
      const outcome = await task.run();
      if (outcome === 'repeated') {
        deps.telemetry.note('an event came again: its first delivery answers it', { resource: physicalId });
        return;
      }
      if (typeof outcome === 'number') return await deps.goOn({ ...event, Continues: outcome });
      physicalId = task.physicalIdOnSuccess ?? physicalId;
    } catch (error) {
      deps.telemetry.note('a custom resource could not be made, changed or deleted', {
        cause: causesOf(error).join(' < '),
      });
      reason = `${reasonFor(error)} (log stream ${context.logStreamName})`;
    }
    const body = JSON.stringify({
      Status: reason === undefined ? 'SUCCESS' : 'FAILED',
      ...(reason === undefined ? {} : { Reason: reason }),
      PhysicalResourceId: physicalId,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    });
    await answer(deps, ResponseURL, body);
  };
}

/** Sends the answer. CloudFormation waits for it, so a failure is only noted: throwing would change nothing. */
async function answer({ telemetry, wait = sleep }: CustomResourceDeps, url: string, body: string): Promise<void> {
  let failure = '';
  for (let tries = 0; tries < ANSWER_TRIES; tries += 1) {
    if (tries > 0) await wait(BETWEEN_ANSWERS_MS * 2 ** (tries - 1));
    try {
      // The address is signed for no content type, and fetch would add one to a text.
      const { ok, status } = await fetch(url, { method: 'PUT', headers: { 'Content-Type': '' }, body });
      if (ok) return;
      failure = `status ${status}`;
    } catch (error) {
      failure = causesOf(error).join(' < ');
    }
  }
  telemetry.note('CloudFormation did not accept the answer', { cause: failure });
}

/** The message of an error, whole lines of it when it is long. */
function reasonFor(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const fits = (text: string) => Buffer.byteLength(JSON.stringify(text)) <= MAX_REASON_BYTES;
  if (fits(error.message)) return error.message;
  const lines = error.message.split('\n');
  const last = lines.findLastIndex((_, index) => fits(lines.slice(0, index).join('\n')));
  return [...lines.slice(0, last), `  and ${lines.length - last} more: cdk synth lists all of them`].join('\n');
}
