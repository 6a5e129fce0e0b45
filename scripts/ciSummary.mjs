/** Prints what jest skipped, and why, and its counts as one plain line: the closing line of CI. */
import { readFile } from 'node:fs/promises';

const report = JSON.parse(await readFile(process.argv[2], 'utf8'));
const skipped = report.testResults.flatMap(({ assertionResults }) =>
  assertionResults.filter(({ status }) => status === 'pending' || status === 'todo'),
);
for (const { fullName } of skipped) console.log(`skipped: ${fullName}`);
// A file that could not even be loaded has failed as a whole.
const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
const counts = [`${report.numPassedTests} passed`, `${failed} failed`];
if (skipped.length > 0) counts.push(`${skipped.length} skipped`);
console.log(counts.join(', '));
