/**
 * Prints the summary of CI: skipped tests with their reasons, failed tests by name, and the totals of all of jest's reports. A test that is skipped without `(skipped: why)` in
 * its title counts as failed: the exit code is 1 then.
 *
 *   node scripts/ciSummary.mjs REPORT…
 */
import { readFile } from 'node:fs/promises';

const reports = await Promise.all(process.argv.slice(2).map(async (path) => JSON.parse(await readFile(path, 'utf8'))));
const sum = (count) => reports.reduce((total, report) => total + count(report), 0);
const files = reports.flatMap(({ testResults }) => testResults);
const titlesOf = (...statuses) =>
  files
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => statuses.includes(status))
    .map(({ fullName }) => fullName);
const titles = titlesOf('pending', 'todo');
const skipped = titles.filter((title) => / \(skipped: .+\)/.test(title));
const unexplained = titles.filter((title) => !skipped.includes(title));

for (const title of skipped) console.log(title);
for (const title of unexplained) console.log(`skipped without a reason in its title: ${title}`);
for (const title of titlesOf('failed')) console.log(`failed: ${title}`);
for (const { name, assertionResults } of files.filter(({ status }) => status === 'failed')) {
  if (assertionResults.every(({ status }) => status !== 'failed')) console.log(`failed to load: ${name}`);
}
// A file that could not be loaded counts as one failure.
const failed = sum((report) => report.numFailedTests + report.numRuntimeErrorTestSuites) + unexplained.length;
console.log(`${sum((report) => report.numPassedTests)} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = unexplained.length > 0 ? 1 : 0;
