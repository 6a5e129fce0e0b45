import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from '../../../src/model';
import type { CallContext, PausableProvider, PodRequest } from '../../../src/providers/contract';
import { createLocalProvider, type LocalProviderOptions } from '../../../src/providers/local';
import { podMembers, processTable, type ProcessInfo } from '../../../src/providers/local/processes';
import { compileWithImports } from '../../support/compile';
import { until } from '../../support/until';
import { emptyPodRequest } from '../../../src/testing/emptyPodRequest';

/** A command that runs until it is ended. */
export const SLEEP = ['sleep', '100000'];

/** A command that runs a JavaScript text in Node. */
export function script(text: string): string[] {
  return [process.execPath, '-e', text];
}

/** Local pods for a test file: a directory for each test, and a check that no process is left. */
export class LocalPods {
  /** The compiled provider, for processes without jest. */
  compiledProvider = '';
  launcherPath = '';
  directory = '';
  /** The names of this test's pods. */
  readonly names: string[] = [];
  /** Where it is, mode 700. */
  compiledDirectory = '';
  private readonly options: LocalProviderOptions;

  constructor(options: LocalProviderOptions = {}) {
    this.options = options;
    beforeAll(() => {
      this.compiledDirectory = mkdtempSync(join(tmpdir(), 'podkeeper-compiled-'));
      const entries = ['index', 'launcher'].map((name) => `src/providers/local/${name}.ts`);
      [this.compiledProvider = '', this.launcherPath = ''] = compileWithImports(entries, this.compiledDirectory);
    });
    afterAll(() => {
      rmSync(this.compiledDirectory, { recursive: true, force: true });
    });
    beforeEach(() => {
      this.directory = mkdtempSync(join(tmpdir(), 'podkeeper-local-'));
      this.names.length = 0;
    });
    afterEach(async () => {
      const left = await this.endAll();
      rmSync(this.directory, { recursive: true, force: true });
      // Unless a test states otherwise, it ended its pods: what is left is a bug of the provider.
      expect(left).toEqual([]);
    });
  }

  provider(options: LocalProviderOptions = {}): PausableProvider {
    const { directory, launcherPath } = this;
    return createLocalProvider({ directory, launcherPath, stopGraceMs: 2_000, ...this.options, ...options });
  }

  name(): string {
    const name = `test-${randomBytes(6).toString('hex')}`;
    this.names.push(name);
    return name;
  }

  request(changes: Partial<PodRequest> = {}): PodRequest {
    return {
      ...emptyPodRequest(changes.name ?? this.name()),
      command: SLEEP,
      ...changes,
    };
  }

  async spawn(changes: Partial<PodRequest> = {}, options: LocalProviderOptions = {}): Promise<Pod> {
    return this.provider(options).spawn(this.request(changes), context());
  }

  async terminate(id: string): Promise<void> {
    await this.provider({ stopGraceMs: 500 }).terminate(id, context());
  }

  async statusOf(id: string): Promise<Pod['status']> {
    return (await this.provider().get(id, context())).status;
  }

  /** A file of a pod's directory. */
  file(id: string, name: string): string {
    return join(this.directory, id, name);
  }

  /** The command's processes, without the launcher. */
  async commands(pod: string): Promise<ProcessInfo[]> {
    return (await living(pod)).filter((member) => !member.launcher);
  }

  async launcher(pod: string): Promise<ProcessInfo> {
    const found = (await living(pod)).find((member) => member.launcher);
    if (found === undefined) throw new Error(`pod ${pod} has no launcher`);
    return found;
  }

  /** Kills the remaining processes of this test's pods, and returns them. */
  private async endAll(): Promise<ProcessInfo[]> {
    const left: ProcessInfo[] = [];
    for (const name of this.names) {
      left.push(...(await living(name)));
      await this.terminate(name);
    }
    return left;
  }
}

export function context(changes: Partial<CallContext> = {}): CallContext {
  return { signal: new AbortController().signal, ...changes };
}

/** The running processes of a pod, without asking the provider. */
export async function living(pod: string): Promise<ProcessInfo[]> {
  const table = processTable();
  return (table === undefined ? undefined : podMembers(await table.scan()).get(pod)) ?? [];
}

export async function untilFile(path: string): Promise<void> {
  await until(`${path} exists`, () => existsSync(path));
}

/** A call's PodkeeperError. */
export async function failure(call: Promise<unknown>): Promise<Record<string, unknown>> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return Object.fromEntries([...Object.entries(error), ['message', error.message]]);
  }
  throw new Error('the call was expected to reject, and resolved');
}
