import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { Worker } from '@temporalio/worker';
import type { WorkflowInfo } from '@temporalio/workflow';
import { TRANSITIONS } from '../../src/model';
import { bundle, installRuntime } from '../support/environment';

const ROOT = join(__dirname, '..', '..');
const HISTORIES = join(ROOT, 'test', 'histories');

const files = readdirSync(HISTORIES, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.json'))
  .map((file) => join(HISTORIES, file))
  .toSorted();

beforeAll(installRuntime);

/** What the workflows logged; a worker that replays keeps that to itself unless it is told otherwise. */
const logged: string[] = [];
const listen = { fn: (_info: WorkflowInfo, message: string) => void logged.push(message), callDuringReplay: true };
const sinks = { defaultWorkerLogger: { trace: listen, debug: listen, info: listen, warn: listen, error: listen } };

describe('every history recorded by a released version replays on the code of today', () => {
  test.each(files.map((file) => [relative(HISTORIES, file), file]))('%s', async (_name, file) => {
    const history: unknown = JSON.parse(readFileSync(file, 'utf8'));
    // The id is part of what a workflow decides by: it is the claim.
    const workflowId = `record/${basename(file, '.json').replace(/-first-run$/, '')}`;
    await Worker.runReplayHistory({ workflowBundle: bundle(), sinks }, history, workflowId);
  });

  test('each way a claim can end is recorded, with one continued and one reset', () => {
    const names = new Set(files.map((file) => basename(file, '.json')));
    const ways = ['released', 'idle', 'lifetime', 'lost', 'exited', 'cancelled-while-healthy', 'failed-never-healthy'];
    for (const way of [...ways, 'failed-refused', 'written-off', 'continued', 'reset']) expect(names).toContain(way);
  });
});

/** What no released version has recorded: an end before admission (test/workflows/admission.test.ts), and a pod that never ran (spawn.test.ts). */
const UNRECORDED = ['phase pending → ending', 'phase booting → spawning'];

test('the histories go every way from phase to phase that the table has, and no other', () => {
  const taken = new Set(logged.filter((message) => message.startsWith('phase ')));
  const known = Object.entries(TRANSITIONS).flatMap(([from, ways]) => ways.map(({ to }) => `phase ${from} → ${to}`));

  expect([...taken, ...UNRECORDED].toSorted()).toEqual(known.toSorted());
});

describe('a history recorded by a release is never changed or removed', () => {
  // 0.1.0 was never published, and what is unreleased is nobody's open claim (docs/decisions/0031).
  const released = ['test/histories', ':(exclude)test/histories/0.1.0', ':(exclude)test/histories/unreleased'];
  // Of a change and of all that came before it, so that it needs no name of the branch it will land on.
  test.each([
    ['by a commit', ['log', '--format=%h', '--name-only', '--diff-filter=MDRT', '--', ...released]],
    ['in this work tree', ['diff', 'HEAD', '--name-only', '--diff-filter=MDRT', '--', ...released]],
  ])('%s', (_where, words) => {
    expect(execFileSync('git', words, { cwd: ROOT, encoding: 'utf8' }).trim()).toBe('');
  });
});
