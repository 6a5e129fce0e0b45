import { parsePs } from '../../../src/providers/local/ps';

const PLAIN = `    1     0 Ss   Sun Nov 23 18:08:01 2025     /sbin/launchd
  501     1 Ss   Sun Nov 23 18:18:00 2025     /usr/local/bin/node /opt/launcher.js pk-a
  502   501 S    Sun Nov 23 18:18:01 2025     node server.js
  503   502 T+   Sun Nov  2 08:18:01 2025     sleep 100
  504   502 Z    Sun Nov 23 18:18:01 2025     (node)
  505     1 S+   Sun Nov 23 18:18:02 2025     grep PODKEEPER_POD=pk-a
  506     1 S    Sun Nov 23 18:18:03 2025     /bin/sh -c echo PODKEEPER_POD=pk-a HOME=/x
  507     1 S    Sun Nov 23 18:18:09 2025     node other.js
`;

const FULL = `    1 Sun Nov 23 18:08:01 2025     /sbin/launchd
  501 Sun Nov 23 18:18:00 2025     /usr/local/bin/node /opt/launcher.js pk-a PATH=/bin PODKEEPER_POD=pk-a PODKEEPER_LOCAL_LAUNCHER=1
  502 Sun Nov 23 18:18:01 2025     node server.js PATH=/bin GREETING=hello there PODKEEPER_POD=pk-a
  503 Sun Nov  2 08:18:01 2025     sleep 100 PODKEEPER_POD=pk-a
  505 Sun Nov 23 18:18:02 2025     grep PODKEEPER_POD=pk-a TERM=xterm
  506 Sun Nov 23 18:18:03 2025     /bin/sh -c echo PODKEEPER_POD=pk-a HOME=/x
  507 Sun Nov 23 18:18:05 2025     node other.js PODKEEPER_POD=pk-a
a line of somebody's environment
`;

test('two listings of ps are read together', () => {
  const found = new Map(parsePs(PLAIN, FULL).map((info) => [info.pid, info]));
  expect([...found.keys()]).toEqual([1, 501, 502, 503, 505, 506, 507]);
  expect(found.get(501)).toEqual({
    pid: 501,
    parentPid: 1,
    startTime: Date.UTC(2025, 10, 23, 18, 18, 0) / 1_000,
    suspended: false,
    pod: 'pk-a',
    cgroup: null,
    launcher: true,
    namespaceInit: false,
  });
  expect(found.get(502)).toMatchObject({ parentPid: 501, pod: 'pk-a', launcher: false });
  expect(found.get(503)).toMatchObject({ suspended: true, pod: 'pk-a' });
});

test('an argument that looks like the marker marks nobody, nor does the environment of a pid’s former owner', () => {
  const found = parsePs(PLAIN, FULL).filter(({ pid }) => pid >= 505);
  expect(found.map(({ pod }) => pod)).toEqual([null, null, null]);
});

test('another answer than a listing fails', () => {
  expect(() => parsePs('usage: ps [-AaCcEefhjlMmrSTvwXx]', '')).toThrow('unknown format');
  expect(parsePs('', '')).toEqual([]);
});
