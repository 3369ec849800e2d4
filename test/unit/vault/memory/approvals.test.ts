// Approvals in memory keep the contract that DynamoDB keeps, and so do the marks on reveals.

import { memoryApprovals, memoryRevealReviews } from '../../../../vault/memory/approvals.ts';
import { approvalsContract, revealReviewsContract } from '../../../support/contracts/approvals-contract.ts';

approvalsContract('memory', async () => memoryApprovals());
revealReviewsContract('memory', async () => memoryRevealReviews());
