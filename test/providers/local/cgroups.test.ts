import { cgroupDirectory, parseHierarchies, podCgroup, podCgroupsBelow } from '../../../src/providers/local/cgroups';

const HYBRID = `\
24 29 0:22 / /proc rw,relatime - proc proc rw
35 34 0:30 / /sys/fs/cgroup/freezer rw,relatime shared:15 - cgroup cgroup rw,freezer
36 34 0:31 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
37 34 0:32 / /sys/fs/cgroup/unified rw,relatime shared:9 master:2 - cgroup2 cgroup2 rw,nsdelegate
`;
// From a container that shares the host's cgroup namespace.
const CONTAINER = '35 34 0:30 /docker/abc /sys/fs/cgroup/freezer ro - cgroup cgroup rw,freezer\n';

const [unified = never(), freezer = never()] = parseHierarchies(HYBRID);

function never(): never {
  throw new Error('no hierarchy was found');
}

test('the unified hierarchy is preferred to the freezer; others can’t kill', () => {
  expect(parseHierarchies(HYBRID)).toEqual([
    { version: 2, root: '/', mountPoint: '/sys/fs/cgroup/unified' },
    { version: 1, root: '/', mountPoint: '/sys/fs/cgroup/freezer' },
  ]);
  expect(parseHierarchies('')).toEqual([]);
});

test.each([
  ['0::/user.slice/a.scope', unified, '/sys/fs/cgroup/unified/user.slice/a.scope'],
  ['6:freezer:/\n0::/b', unified, '/sys/fs/cgroup/unified/b'],
  ['6:cpu,freezer:/x:y\n0::/b', freezer, '/sys/fs/cgroup/freezer/x:y'],
  ['6:freezer:/\n0::/b', freezer, '/sys/fs/cgroup/freezer'],
  ['3:memory:/a', freezer, undefined],
  // Outside the reader's cgroup namespace.
  ['0::/../other', unified, undefined],
])('of %j the directory is found', (text, hierarchy, directory) => {
  expect(cgroupDirectory(text, hierarchy)).toBe(directory);
});

test('a mount that shows a part of the hierarchy is taken from there', () => {
  const [part = never()] = parseHierarchies(CONTAINER);
  expect(cgroupDirectory('4:freezer:/docker/abc/x', part)).toBe('/sys/fs/cgroup/freezer/x');
  expect(cgroupDirectory('4:freezer:/docker/abc', part)).toBe('/sys/fs/cgroup/freezer');
  expect(cgroupDirectory('4:freezer:/docker/other', part)).toBeUndefined();
});

test('a process belongs to the innermost pod of its cgroup, whatever lies below that', () => {
  const of = (text: string) => podCgroup(text, [unified, freezer]);
  const directory = '/sys/fs/cgroup/unified/s/podkeeper-pods/a';
  expect(of('6:freezer:/\n0::/s/podkeeper-pods/a')).toEqual({ pod: 'a', directory });
  expect(of('0::/s/podkeeper-pods/a/own/below')).toEqual({ pod: 'a', directory });
  expect(of('0::/s/podkeeper-pods/a/podkeeper-pods/b.1')?.pod).toBe('b.1');
  expect(of('6:freezer:/podkeeper-pods/c\n0::/')).toEqual({
    pod: 'c',
    directory: '/sys/fs/cgroup/freezer/podkeeper-pods/c',
  });
  for (const text of ['0::/', '0::/podkeeper-pods', '0::/podkeeper-pods/.trial-1', '3:memory:/podkeeper-pods/a']) {
    expect(of(text)).toBeUndefined();
  }
});

test('the pods of a worker in a pod are made beside that one', () => {
  expect(podCgroupsBelow('/c/s')).toBe('/c/s/podkeeper-pods');
  expect(podCgroupsBelow('/c/s/podkeeper-pods/a')).toBe('/c/s/podkeeper-pods');
  expect(podCgroupsBelow('/c/s/podkeeper-pods/a/x')).toBe('/c/s/podkeeper-pods');
});
