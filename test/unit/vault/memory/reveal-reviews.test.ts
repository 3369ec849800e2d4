// Marks on reveals in memory keep the contract that DynamoDB keeps.

import { memoryRevealReviews } from '../../../../vault/memory/reveal-reviews.ts';
import { revealReviewsContract } from '../../../support/contracts/reveal-reviews-contract.ts';

revealReviewsContract('memory', async () => memoryRevealReviews());
