// Marks on reveals in DynamoDB keep their contract.

import { fakeTables, revealReviewsOn } from '../../../support/contracts/on-dynamo.ts';
import { revealReviewsContract } from '../../../support/contracts/reveal-reviews-contract.ts';

revealReviewsContract('DynamoDB', () => revealReviewsOn(fakeTables()));
