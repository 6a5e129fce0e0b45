import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { marksOf, type ProcessInfo, type ProcessTable } from './processInfo';

/**
 * macOS: `ps`. It shows an environment only behind the arguments, and not at all for programs that the system protects
 * (its own shells, for instance): those are found as children of marked processes.
 */
export function ps(): ProcessTable {
  return {
    scan: async () => {
      // Two calls: only the plain listing tells where the arguments end and the environment begins.
      const [plain, full] = await Promise.all([run('-ax', ...PLAIN), run('-ax', ...FULL)]);
      return parsePs(plain, full);
    },
    inspect: (pid) => parsePs(runSync(['-p', `${pid}`, ...PLAIN]), runSync(['-p', `${pid}`, ...FULL]))[0],
    bootId: () => {
      try {
        return execFileSync('/usr/sbin/sysctl', ['-n', 'kern.bootsessionuuid'], { encoding: 'utf8' }).trim() || null;
      } catch {
        return null;
      }
    },
  };
}

const PLAIN = ['-ww', '-o', 'pid=,ppid=,state=,lstart=,command='];
const FULL = ['-E', '-ww', '-o', 'pid=,lstart=,command='];
const OPTIONS = { encoding: 'utf8' as const, maxBuffer: 1 << 28, env: { LC_ALL: 'C', TZ: 'UTC' } };

const START = String.raw`(\w{3} +\w{3} +\d+ +[\d:]{8} +\d{4})`;
const PLAIN_LINE = new RegExp(String.raw`^ *(\d+) +(\d+) +(\S+) +${START} +(.*)$`);
const FULL_LINE = new RegExp(String.raw`^ *(\d+) +${START} +(.*)$`);

/**
 * Reads two listings of `ps`: `pid ppid state lstart command` without environments, and `pid lstart command` with them.
 * A process counts as marked only where the second continues the first, so that an argument `PODKEEPER_POD=…` marks
 * nobody.
 *
 * @throws Error when the plain listing holds a line of another shape.
 */
export function parsePs(plain: string, full: string): ProcessInfo[] {
  const environments = new Map<string, string>();
  for (const line of full.split('\n')) {
    const [, pid, start, text] = FULL_LINE.exec(line) ?? [];
    // An environment may hold line breaks; what follows one belongs to no process and is passed over.
    if (pid !== undefined && start !== undefined && text !== undefined) environments.set(`${pid} ${start}`, text);
  }
  const found: ProcessInfo[] = [];
  for (const line of plain.split('\n').filter((text) => text.trim() !== '')) {
    const [, pid, parentPid, state, start, command] = PLAIN_LINE.exec(line) ?? [];
    if (pid === undefined || state === undefined || start === undefined || command === undefined) {
      if (found.length > 0) continue; // The rest of an argument that holds a line break.
      throw new Error('ps answered in a shape that isn’t known');
    }
    if (state.startsWith('Z')) continue;
    const text = environments.get(`${pid} ${start}`);
    const environment = text?.startsWith(`${command} `) ? text.slice(command.length + 1).split(' ') : [];
    found.push({
      pid: Number(pid),
      parentPid: Number(parentPid),
      startTime: Date.parse(`${start} UTC`) / 1_000,
      suspended: state.startsWith('T'),
      cgroup: null,
      ...marksOf(environment),
    });
  }
  return found;
}

async function run(...args: string[]): Promise<string> {
  return (await promisify(execFile)('/bin/ps', args, OPTIONS)).stdout;
}

function runSync(args: string[]): string {
  try {
    return execFileSync('/bin/ps', args, { ...OPTIONS, stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    // With `-p`, 1 says that there is no such process.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 1) return '';
    throw error;
  }
}
