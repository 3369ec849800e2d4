// The bundle store in memory keeps the contracts of store, reaper and eraser.

import { memoryBundleStore } from '../../../../vault/memory/bundle-store.ts';
import { bundleEraserContract } from '../../../support/contracts/bundle-eraser-contract.ts';
import { bundleReaperContract } from '../../../support/contracts/bundle-reaper-contract.ts';
import { bundleStoreContract } from '../../../support/contracts/bundle-store-contract.ts';

const make = async () => memoryBundleStore();

bundleStoreContract('memory', make);
bundleReaperContract('memory', make);
bundleEraserContract('memory', make);
