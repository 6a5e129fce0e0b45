import { CHECKS } from '../../src/doctor';
import { judge } from '../../src/doctor/examine';
import { known, notKnown, soundFacts, withAccount } from './facts';

test('if all is well, every check holds, with one finding', () => {
  const findings = judge(soundFacts());
  expect(findings.filter(({ state }) => state !== 'holds')).toEqual([]);
  expect(findings.map(({ name }) => name)).toEqual(CHECKS.map(({ name }) => name));
  expect(findings.map(({ remedy }) => remedy)).toEqual(CHECKS.map(() => null));
});

test('if nothing is known, nothing holds', () => {
  const nothing = { hasWorker: notKnown(), accounts: notKnown(), claims: notKnown() };
  const findings = judge(soundFacts({ namespace: notKnown('ECONNREFUSED'), ...nothing }));
  expect(findings.filter(({ state }) => state === 'holds')).toEqual([]);
  expect(findings.find(({ name }) => name === 'temporal')).toMatchObject({ state: 'broken' });
});

test('of an account that could not be checked, only the settings hold', () => {
  const facts = withAccount({ lanes: notKnown(), reaper: notKnown(), dryRun: notKnown() });
  const about = judge(facts).filter(({ subject }) => subject === 'main');
  expect(about.filter(({ state }) => state === 'holds').map(({ name }) => name)).toEqual(['settings']);
});

test('without a worker one finding names the cause; what only workers see is not checked', () => {
  const unserved = { lanes: known({ spend: false, keep: false }), dryRun: notKnown('no worker polls'), isTaken: null };
  const findings = judge({ ...withAccount(unserved), hasWorker: known(false) });
  const broken = findings.filter(({ state }) => state === 'broken');
  expect(broken.map(({ name, remedy }) => [name, remedy === null])).toEqual([['workers', false]]);
  const unknown = findings.filter(({ state }) => state === 'unknown');
  expect(unknown.map(({ message, remedy }) => [message, remedy])).toEqual(
    unknown.map(() => ['not checked: no worker', null]),
  );
  expect(unknown.map(({ name }) => name)).toEqual(
    CHECKS.flatMap(({ name, needsWorker }) => (needsWorker ? [name] : [])),
  );
});

test('without a worker for an account one finding names the cause, too', () => {
  const findings = judge(
    withAccount({ lanes: known({ spend: true, keep: false }), dryRun: notKnown('no worker polls') }),
  );
  const failing = findings.filter(({ subject, state }) => subject === 'main' && state !== 'holds');
  expect(failing.filter(({ remedy }) => remedy !== null).map(({ name }) => name)).toEqual(['lanes']);
  expect(failing.find(({ name }) => name === 'keys')?.message).toBe('not checked: no worker for the account');
});
