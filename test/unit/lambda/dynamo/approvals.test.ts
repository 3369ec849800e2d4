// Approvals in DynamoDB keep their contract, and so do the marks on reveals.

import { approvalsContract, revealReviewsContract } from '../../../support/contracts/approvals-contract.ts';
import { approvalsOn, fakeTables, revealReviewsOn } from '../../../support/contracts/on-dynamo.ts';

approvalsContract('DynamoDB', () => approvalsOn(fakeTables()));
revealReviewsContract('DynamoDB', () => revealReviewsOn(fakeTables()));
