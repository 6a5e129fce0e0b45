import { Client, Connection } from '@temporalio/client';
import { concurrently } from '../../../src/model';
import { startDevServer } from '../../../src/servers';
import type { DevServer } from '../../../src/servers';
import { requireFreshBuild } from '../../support/e2eBuild';
import { discardSpareWorker } from '../../support/e2eWorkerProcess';
import { AT_ONCE, IS_FULL, sliceOf } from '../size';
import type { Place } from './crashPoint';
import { makeCrashBuild } from './crashBuild';
import type { CrashBuild } from './crashBuild';
import { localScenarios } from './localScenarios';
import { REASONS, compareReach } from './reasons';
import { readRecording, writeRecording } from './recording';
import { runpodScenarios } from './runpodScenarios';
import { attempt, describePlace, planOf, record } from './trials';
import type { Scenario, Trial, Verdict } from './trials';

/** Number of trials in a slice, of hundreds. They come from the committed recording, since making one takes minutes. */
const SLICE = 10;
const MINUTE = 60_000;
/** Runs only trials whose line contains this, and scenarios named in it. For repeating a single trial. */
const ONLY = process.env['PODKEEPER_TEST_FAULTS_ONLY'];
/** Whether to record the scenarios and write the recording that slices are taken from. */
const RECORDS = process.env['PODKEEPER_TEST_RECORD'] === '1' && ONLY === undefined;

let server: DevServer;
let connection: Connection;
let build: CrashBuild;
let recordings: { scenario: Scenario; places: Place[] }[] = [];
const verdicts: Verdict[] = [];
let leftOut = 0;

beforeAll(async () => {
  requireFreshBuild();
  build = makeCrashBuild();
  server = await startDevServer();
  connection = await Connection.connect({ address: server.address });
  const setup = { temporal: { server, client: new Client({ connection }) }, build };
  const scenarios = chosen([...localScenarios(setup), ...runpodScenarios(setup)]);
  if (IS_FULL || RECORDS) {
    recordings = await concurrently(scenarios, AT_ONCE, async (scenario) => ({
      scenario,
      places: await record(scenario),
    }));
  } else {
    const recording = readRecording();
    recordings = scenarios.map((scenario) => ({ scenario, places: recording.get(scenario.name) ?? [] }));
  }
  if (RECORDS) writeRecording(recordings.map(({ scenario: { name }, places }) => ({ name, places })));
}, 20 * MINUTE);

afterAll(async () => {
  process.stderr.write(`${summary()}\n`);
  await discardSpareWorker();
  await connection.close();
  await server.kill();
  build.remove();
});

// A selection of scenarios proves nothing about all awaits.
const testOfAll = ONLY === undefined ? test : test.skip;

testOfAll('every await is reached by a scenario, or has a reason why none reaches it', () => {
  // In a slice, by the recording. After a change of the code, renew it: `npm run test:long -- everyAwait --record`.
  expect(reach().complaints).toEqual([]);
  expect(recordings.filter(({ places }) => places.length === 0).map(({ scenario }) => scenario.name)).toEqual([]);
});

test(
  'wherever a worker is killed, another brings the claim to its end, and nothing is left',
  async () => {
    const plan = planOf(recordings).filter(({ place }) => isThere(place));
    const trials =
      ONLY === undefined ? sliceOf(plan, SLICE) : plan.filter((trial) => describeTrial(trial).includes(ONLY));
    leftOut = plan.length - trials.length;
    await concurrently(trials, AT_ONCE, async (trial) => {
      const verdict = await attempt(trial);
      verdicts.push(verdict);
      if (IS_FULL) process.stderr.write(`${verdicts.length}/${trials.length} ${storyOf(verdict)}\n`);
    });
    expect(verdicts.filter(({ outcome }) => outcome === 'failed').map(storyOf)).toEqual([]);
    // In a slice there is no other kill that could stand for one that found nobody, which depends on the load of the machine.
    if (IS_FULL) expect(missed().map(storyOf)).toEqual([]);
    else expect(missed().length).toBeLessThanOrEqual(1);
    expect(verdicts).toHaveLength(trials.length);
  },
  IS_FULL ? 240 * MINUTE : 20 * MINUTE,
);

/** A committed recording can be older than the code. The first test reports that. */
function isThere({ point }: Place): boolean {
  return build.awaits.some(({ id }) => id === point);
}

/**
 * Kills whose place was never reached, if no other kill at the same point was judged in this run. Some points are reached within milliseconds before or
 * after the second half begins, so that a recording made under load can differ from later runs.
 */
function missed(): Verdict[] {
  const sideOf = ({ place: { role, point, side } }: Verdict) => `${role} ${point} ${side}`;
  const judged = new Set(verdicts.filter(({ outcome }) => outcome !== 'skipped').map(sideOf));
  return verdicts.filter((verdict) => verdict.outcome === 'skipped' && !judged.has(sideOf(verdict)));
}

function reach() {
  const points = new Set(recordings.flatMap(({ places }) => places.map(({ point }) => point)));
  return compareReach(build.awaits, points, REASONS);
}

function chosen(scenarios: readonly Scenario[]): readonly Scenario[] {
  const named = scenarios.filter(({ name }) => ONLY?.includes(name));
  return named.length > 0 ? named : scenarios;
}

/** One line, which {@link ONLY} matches. */
function describeTrial({ place, scenario }: Pick<Trial, 'place' | 'scenario'>): string {
  return `${describePlace(place)}, while ${scenario.name}`;
}

function storyOf(verdict: Verdict): string {
  const line = `${verdict.outcome}: ${describeTrial(verdict)}`;
  return verdict.message === '' ? line : `${line}\n${verdict.message}`;
}

function summary(): string {
  const { reached, excluded } = reach();
  const judged = verdicts.filter(({ outcome }) => outcome === 'clean' || outcome === 'failed');
  const sides = new Set(judged.map(({ place: { point, side } }) => `${point} ${side}`));
  const failures = verdicts.filter(({ outcome }) => outcome === 'failed').length;
  const skipped = verdicts.length - judged.length;
  const why = new Map<string, number>();
  for (const { reason } of excluded) why.set(reason.why, (why.get(reason.why) ?? 0) + 1);
  return [
    `every await: ${build.awaits.length} found, ${reached.length} reached in ${recordings.length} scenarios, ${excluded.length} excluded; ` +
      `${judged.length} kills at ${sides.size} crash points of ${2 * reached.length} judged, ${failures} failed` +
      (skipped === 0 ? '' : `; ${skipped} found nobody, ${missed().length} of them where no other kill was judged`) +
      (leftOut === 0 ? '' : `; left out here: ${leftOut} kills (npm run test:long -- everyAwait makes all)`),
    ...(IS_FULL ? [...why].map(([reason, count]) => `  excluded ${count}: ${reason}`) : []),
  ].join('\n');
}
