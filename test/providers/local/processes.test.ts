import { spawn, type ChildProcess } from 'node:child_process';
import { podMembers, processTable, signalMember } from '../../../src/providers/local/processes';
import type { ProcessInfo, ProcessTable } from '../../../src/providers/local/processes';
import { until } from '../../support/until';

function info(pid: number, parentPid: number, pod: string | null, startTime = pid): ProcessInfo {
  return { pid, parentPid, startTime, suspended: false, pod, cgroup: null, launcher: false, namespaceInit: false };
}

function membersOf(pod: string, processes: ProcessInfo[]): number[] {
  return (podMembers(processes).get(pod) ?? []).map(({ pid }) => pid);
}

test('a pod is what carries its marker, and what descends from that without another', () => {
  const processes = [
    info(1, 0, null),
    info(10, 1, 'a'),
    info(11, 10, null),
    info(12, 11, null),
    info(20, 11, 'b'),
    info(21, 20, null),
    info(30, 1, null),
  ];
  expect(membersOf('a', processes)).toEqual([10, 11, 12]);
  expect(membersOf('b', processes)).toEqual([20, 21]);
  expect(podMembers(processes).size).toBe(2);
});

test('nothing descends from what is younger, and a ring of reused pids ends', () => {
  expect(membersOf('a', [info(10, 1, 'a', 500), info(11, 10, null, 400)])).toEqual([10]);
  expect(podMembers([info(10, 11, null, 5), info(11, 10, null, 5)]).size).toBe(0);
});

describe('a signal', () => {
  const table: ProcessTable = processTable('linux') ?? {
    scan: async () => [],
    inspect: () => undefined,
    bootId: () => '',
  };
  let child: ChildProcess;
  let own: ProcessInfo;

  beforeEach(async () => {
    child = spawn('sleep', ['1000'], { env: { PODKEEPER_POD: 'signalled' }, stdio: 'ignore' });
    await until('it has its marker', () => table.inspect(child.pid ?? 0)?.pod === 'signalled');
    own = table.inspect(child.pid ?? 0) ?? info(0, 0, null);
  });

  afterEach(() => {
    child.kill('SIGKILL');
  });

  function isUntouched(): boolean {
    return table.inspect(own.pid)?.suspended === false;
  }

  test('reaches the process it is meant for', async () => {
    expect(signalMember(table, 'signalled', own, 'SIGSTOP')).toBe('sent');
    await until('it is suspended', () => table.inspect(own.pid)?.suspended === true);
  });

  test('spares the new owner of a reused pid', () => {
    const former = { ...own, startTime: own.startTime - 1 };
    expect(signalMember(table, 'signalled', former, 'SIGSTOP')).toBe('gone');
    expect(isUntouched()).toBe(true);
  });

  test('spares what carries another pod’s marker, and what lost its own', () => {
    expect(signalMember(table, 'another', own, 'SIGSTOP')).toBe('gone');
    const unmarked: ProcessTable = { ...table, inspect: (pid) => ({ ...own, pid, pod: null }) };
    expect(signalMember(unmarked, 'signalled', own, 'SIGSTOP')).toBe('gone');
    expect(isUntouched()).toBe(true);
  });

  test('spares an unmarked descendant that came to belong to another pod', () => {
    expect(signalMember(table, 'another', { ...own, pod: null }, 'SIGSTOP')).toBe('gone');
    expect(isUntouched()).toBe(true);
  });

  test('to what is gone, or may not be signalled, says so', () => {
    const kill = jest.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('denied'), { code: 'EPERM' });
    });
    expect(signalMember(table, 'signalled', own, 'SIGSTOP')).toBe('denied');
    kill.mockRestore();
    expect(signalMember(table, 'signalled', { ...own, pid: 4_194_305 }, 'SIGSTOP')).toBe('gone');
  });
});

test('there is a table for Linux and macOS only', () => {
  expect(processTable('linux')).toBeDefined();
  expect(processTable('darwin')).toBeDefined();
  expect(processTable('win32')).toBeUndefined();
  expect(processTable('freebsd')).toBeUndefined();
});
