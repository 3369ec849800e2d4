// The CPU time of a process as Linux counts it, and none elsewhere.

import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { processCpuNs } from '../../../../bench/support/process-cpu.ts';

test.runIf(existsSync('/proc/self/stat'))('grows by about what the process itself says that it has taken', () => {
  const [from, ownFrom] = [processCpuNs(process.pid), process.cpuUsage()];
  let { user, system } = process.cpuUsage(ownFrom);
  while (user + system < 100_000) ({ user, system } = process.cpuUsage(ownFrom));
  const tookNs = processCpuNs(process.pid) - from;
  expect(tookNs).toBeGreaterThanOrEqual(50_000_000);
  expect(tookNs).toBeLessThan(1_000_000_000);
});

test('of a process that does not exist is not a number', () => {
  expect(processCpuNs(2 ** 30)).toBeNaN();
});
