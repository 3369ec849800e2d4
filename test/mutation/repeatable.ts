// Properties draw the same values in every run, so that a mutant lives or dies by the tests and not by chance.

import fc from 'fast-check';

fc.configureGlobal({ seed: 1, numRuns: 50 });
