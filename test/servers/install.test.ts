import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTypeScript } from '../support/typeScriptProcess';
import { CLI_ANSWER, temporaryDirectory, writeScript } from './fakes';

const directory = temporaryDirectory();

test('two processes that need a server at the same time build it once', async () => {
  const bin = join(directory(), 'bin');
  const builds = join(directory(), 'builds');
  const built = `#!/bin/sh\necho '${CLI_ANSWER}'`;
  writeScript(
    join(bin, 'go'),
    `echo build >> '${builds}'; sleep 0.5; printf '%s\\n' "${built}" > "$GOBIN/temporal"; chmod +x "$GOBIN/temporal"`,
  );
  const environment = { PATH: `${bin}:/bin:/usr/bin`, PODKEEPER_CACHE: join(directory(), 'cache') };
  const program = join(__dirname, 'findDevServer.ts');

  const processes = [1, 2].map(() => startTypeScript(program, [], environment));
  const found = await Promise.all(processes.map(async (one) => JSON.parse(await one.nextLine()) as { way: string }));
  await Promise.all(processes.map(({ ended }) => ended));

  expect(found.map(({ way }) => way).toSorted()).toEqual(['cache', 'go']);
  expect(readFileSync(builds, 'utf8')).toBe('build\n');
});
