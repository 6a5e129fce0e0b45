/**
 * Prints the summary of CI: skipped tests with their reasons, and the totals of all of jest's reports. A test that is skipped without `(skipped: why)` in
 * its title counts as failed: the exit code is 1 then.
 *
 *   node scripts/ciSummary.mjs REPORT…
 */
import { readFile } from 'node:fs/promises';

const reports = await Promise.all(process.argv.slice(2).map(async (path) => JSON.parse(await readFile(path, 'utf8'))));
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
const titles = reports
  .flatMap(({ testResults }) => testResults)
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ status }) => status === 'pending' || status === 'todo')
  .map(({ fullName }) => fullName);
const skipped = titles.filter((title) => / \(skipped: .+\)/.test(title));
const unexplained = titles.filter((title) => !skipped.includes(title));

for (const title of skipped) console.log(title);
for (const title of unexplained) console.log(`skipped without a reason in its title: ${title}`);
// A file that could not be loaded counts as one failure.
const failed = sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites) + unexplained.length;
console.log(`${sum((report) => report.numPassedTests)} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = unexplained.length > 0 ? 1 : 0;
