// Every KMS adapter keeps its contract on an emulator that other people wrote, as far as the emulator's KMS can show it.

import { appKekContract } from '../../support/contracts/app-kek-contract.ts';
import { keyMakerContract } from '../../support/contracts/key-maker-contract.ts';
import { keysOn, receiptSignerOn } from '../../support/contracts/on-kms.ts';
import { receiptSignerContract } from '../../support/contracts/receipt-signer-contract.ts';
import { kmsAs } from './emulated.ts';

appKekContract('KMS', { authenticates: false }, () => keysOn(kmsAs()));
keyMakerContract('KMS', { findsByTags: true }, () => keysOn(kmsAs()));
receiptSignerContract('KMS', () => receiptSignerOn(kmsAs()));
