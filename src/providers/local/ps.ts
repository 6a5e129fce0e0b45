import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { marksOf, type ProcessInfo, type ProcessTable } from './processInfo';

/**
 * macOS: `ps`. It prints the environment after the arguments, and none for programs that the system protects, such as its shells. Those are found as
 * children of marked processes.
 */
export function ps(): ProcessTable {
  return {
    scan: async () => {
      // Two calls: only the listing without environments shows where the arguments end.
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
 * Parses two listings of `ps`: `pid ppid state lstart command` without environments, and `pid lstart command` with them. Only what the second adds to the
 * first is environment, so that an argument `PODKEEPER_POD=…` isn't taken for a marker.
 *
 * @throws Error if the first listing has an unknown format.
 */
export function parsePs(plain: string, full: string): ProcessInfo[] {
  const environments = new Map<string, string>();
  for (const line of full.split('\n')) {
    const [, pid, start, text] = FULL_LINE.exec(line) ?? [];
    // An environment may contain line breaks. What follows one isn't a new process, and is skipped.
    if (pid !== undefined && start !== undefined && text !== undefined) environments.set(`${pid} ${start}`, text);
  }
  const found: ProcessInfo[] = [];
  for (const line of plain.split('\n').filter((text) => text.trim() !== '')) {
    const [, pid, parentPid, state, start, command] = PLAIN_LINE.exec(line) ?? [];
    if (pid === undefined || state === undefined || start === undefined || command === undefined) {
      if (found.length > 0) continue; // The rest of an argument with a line break.
      throw new Error('the output of ps has an unknown format');
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
    // With `-p`, exit code 1 means that there is no such process.
    if (typeof error === 'object' && error !== null && 'status' in error && error.status === 1) return '';
    throw error;
  }
}
