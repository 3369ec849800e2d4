// Approvals in memory keep the contract that DynamoDB keeps.

import { memoryApprovals } from '../../../../vault/memory/approvals.ts';
import { approvalsContract } from '../../../support/contracts/approvals-contract.ts';

approvalsContract('memory', async () => memoryApprovals());
