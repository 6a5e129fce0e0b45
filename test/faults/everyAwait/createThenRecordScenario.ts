import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from '@swc/core';
import { emptyPodRequest } from '../../../src/testing/emptyPodRequest';
import { DIST } from '../../support/e2eBuild';
import { killPods, podProcesses } from '../../support/e2eProcessTable';
import type { Crash } from './crash';
import { compile } from './crashBuild';
import type { RentalOrder } from './createThenRecord';
import { instrument } from './instrument';
import type { Await } from './instrument';
import type { Scenario } from './trials';

/** The program with crash points around its awaits. */
export interface RentalBuild {
  path: string;
  awaits: Await[];
  remove(): void;
}

export function makeRentalBuild(): RentalBuild {
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-rental-'));
  const source = readFileSync(join(__dirname, 'createThenRecord.ts'), 'utf8');
  const { code, map = '{}' } = transformSync(source, {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
    module: { type: 'commonjs' },
    sourceMaps: true,
  });
  const instrumented = instrument(code, map, 'createThenRecord.ts', './crashPoint.js');
  const path = join(directory, 'createThenRecord.js');
  writeFileSync(path, instrumented.code);
  writeFileSync(join(directory, 'crashPoint.js'), compile(join(__dirname, 'crashPoint.ts')));
  return { path, awaits: instrumented.awaits, remove: () => rmSync(directory, { recursive: true, force: true }) };
}

/** The program rents a pod and ends it. If it is killed, it is started again to end the recorded pods. */
export function createThenRecordScenario(build: RentalBuild, { deleteFails }: { deleteFails: boolean }): Scenario {
  const run = async (crash: Crash): Promise<void> => {
    const deployment = randomBytes(4).toString('hex');
    const directory = mkdtempSync(join(tmpdir(), 'podkeeper-rental-'));
    const order: RentalOrder = { dist: DIST, directory, deleteFails, request: null };
    try {
      const request = { ...emptyPodRequest(`pk-${deployment}aaaa-render-bbbbbb-1`), command: ['sleep', '100000'] };
      const first = start(build, { ...order, request }, crash.environment);
      await Promise.race([once(first.stdout, 'data'), once(first, 'exit')]);
      crash.startSecondHalf();
      first.stdin.end('end\n');
      await exitOf(first);
      if (crash.hasKilled) await exitOf(start(build, order, {}));
      const left = new Set(podProcesses(deployment).map(({ pod }) => pod));
      if (left.size > 0) throw new Error(`left: ${[...left].join(', ')}`);
    } finally {
      await killPods(deployment);
      rmSync(directory, { recursive: true, force: true });
    }
  };
  return { cloud: 'local', name: 'a pod is created, then recorded, and told to end once', run };
}

function start({ path }: RentalBuild, order: RentalOrder, environment: Record<string, string>) {
  const child = spawn(process.execPath, [path, JSON.stringify(order)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, ...environment },
  });
  // It may exit before it reads its input.
  child.stdin.on('error', () => undefined);
  return child;
}

async function exitOf(child: ReturnType<typeof start>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}
