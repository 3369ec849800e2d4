// The audit log in memory keeps the contract.

import { memoryAuditLog } from '../../../../vault/memory/audit-log.ts';
import { auditLogContract } from '../../../support/contracts/audit-log-contract.ts';

auditLogContract('memory', async () => memoryAuditLog());
