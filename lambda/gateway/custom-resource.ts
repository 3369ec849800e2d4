// A CloudFormation custom resource: one app. Answers by a PUT to the address that CloudFormation gives.

import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda';
import type { AppSettings } from '../../vault/domain/settings.ts';

/** What is done for an app when its resource comes, changes or goes. */
export interface AppLifecycle {
  configure(settings: AppSettings): Promise<void>;
  retire(app: string): Promise<void>;
}

/** The handler of the resource `Custom::DaykeyApp`. The app's name is its physical ID, so a renamed app is a new one. */
export function customResource(lifecycle: AppLifecycle) {
  return async (event: CloudFormationCustomResourceEvent, context: Context): Promise<void> => {
    let physicalId = 'PhysicalResourceId' in event ? event.PhysicalResourceId : context.logStreamName;
    let reason: string | undefined;
    try {
      if (event.RequestType === 'Delete') await lifecycle.retire(event.PhysicalResourceId);
      else {
        const settings = JSON.parse(String(event.ResourceProperties.Settings)) as AppSettings;
        // A renamed app is created under its new name, then the old one is deleted under its own.
        physicalId = settings.app;
        await lifecycle.configure(settings);
      }
    } catch (error) {
      reason = `${error instanceof Error ? error.message : 'unknown error'} (log stream ${context.logStreamName})`;
    }
    const { ok, status } = await fetch(event.ResponseURL, {
      method: 'PUT',
      // The address is signed for no content type at all, and fetch would add one to a text.
      headers: { 'Content-Type': '' },
      body: JSON.stringify({
        Status: reason === undefined ? 'SUCCESS' : 'FAILED',
        ...(reason === undefined ? {} : { Reason: reason }),
        PhysicalResourceId: physicalId,
        StackId: event.StackId,
        RequestId: event.RequestId,
        LogicalResourceId: event.LogicalResourceId,
      }),
    });
    if (!ok) throw new Error(`CloudFormation did not take the answer: ${status}`);
  };
}
