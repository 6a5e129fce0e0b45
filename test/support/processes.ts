import { readFileSync, readdirSync } from 'node:fs';

/** The ids of all processes, as Linux shows them. Tests read the table by themselves, since they check what the provider reads. */
export function processIds(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

/** The text of `/proc/<pid>/<name>`; empty if the process has ended, or may not be read. */
export function processFile(pid: number, name: 'cmdline' | 'environ' | 'status'): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

/** Sends SIGKILL, unless the process has ended. */
export function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
