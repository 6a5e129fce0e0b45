import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopSnapshot } from '../../src/cli/top/snapshot';
import { DIST } from '../support/e2eBuild';
import { until } from '../support/until';
import { SERVER_SPEC, onDeployment } from './support/deployment';

const here = onDeployment();
beforeAll(async () => {
  const spec = here.directory.write('pod.yaml', `${SERVER_SPEC}owner: ada\nidleTimeout: 2m\n`);
  await here.run('spawn', spec, '--id', 'watched', '--wait');
}, 60_000);

const documents = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as TopSnapshot);

test('top without a terminal prints one table', async () => {
  const { code, stdout, stderr } = await here.run('top');

  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(
    /^ID +PHASE +GPU +OWNER +AGE +IDLE +DEADLINE +\$\/H +SPENT\nwatched +healthy +- +ada +\S+ +\S+ +in \S+ \(idle\) +\$36 +\$0\.\d+\n\n1 claim, \$36\/h, spent \$0\.\d+\n$/,
  );
});

test('--once --json prints one document; --json alone prints one at each refresh, until it is stopped', async () => {
  const once = JSON.parse((await here.run('top', '--once', '--json')).stdout) as TopSnapshot;
  expect(once).toMatchObject({
    deployment: here.name,
    hasWorker: true,
    claims: [{ id: 'watched', phase: 'healthy', owner: 'ada', hourlyPrice: 36, debts: [] }],
    totals: { claims: 1, hourlyPrice: 36, debts: 0, unanswered: 0, complete: true },
  });

  const stream = here.start('top', '--json', '--interval', '500ms');
  await until('three have come', () => stream.stdout().split('\n').length > 3, 30_000);
  stream.kill('SIGINT');
  expect((await stream.ended).code).toBe(0);
  const [first, second, third] = documents(stream.stdout());
  expect([first, second, third].map((document) => document?.claims[0]?.id)).toEqual(['watched', 'watched', 'watched']);
  expect(third?.totals.spent).toBeGreaterThan(first?.totals.spent ?? Infinity);
}, 60_000);

test.each([
  [['--owner', 'ada'], 1],
  [['--owner', 'bob'], 0],
  [['--phase', 'healthy'], 1],
  [['--phase', 'ending'], 0],
])('%j shows %d', async (filter, count) => {
  const { stdout } = await here.run('top', '--once', '--json', ...filter);

  expect((JSON.parse(stdout) as TopSnapshot).claims).toHaveLength(count);
});

test.each([
  [['--sort', 'name'], 'Allowed choices are age, deadline, idle, price, spent'],
  [['--phase', 'dead'], 'Allowed choices are pending'],
  [['--interval', '1ms'], 'It must be a duration from 500ms to 1h'],
])('%j is refused', async (args, message) => {
  const { code, stderr } = await here.run('top', ...args);

  expect(code).toBe(2);
  expect(stderr).toContain(message);
});

const hasTerminal = spawnSync('script', ['--version']).status === 0;
const why = hasTerminal ? '' : " (skipped: there is no util-linux 'script' on this machine)";

(hasTerminal ? test : test.skip)(
  `on a terminal it has the whole screen, follows its size, and gives it back${why}`,
  async () => {
    const tty = join(here.directory.path, 'tty');
    const podkeeper = `'${process.execPath}' '${join(DIST, 'cli', 'main.js')}' top --interval 500ms`;
    // Ctrl-C also reaches the shell, which must survive it to print the exit code.
    const line = `trap : INT; tty > '${tty}'; stty cols 60 rows 12; ${podkeeper}; echo "ended with $?"`;
    const terminal = spawn('script', ['-qec', line, '/dev/null'], { env: here.env, cwd: here.directory.path });
    let shown = '';
    terminal.stdout.setEncoding('utf8').on('data', (text: string) => (shown += text));
    const lastPicture = () => shown.split('\u001B[H').at(-1) ?? '';
    try {
      await until('claims are shown', () => lastPicture().includes('watched'), 30_000);
      expect(shown).toContain('\u001B[?1049h\u001B[?25l');
      expect(lastPicture()).toContain(`podkeeper top  ${here.name}  `);
      expect(Math.max(...lines(lastPicture()).map(({ length }) => length))).toBeLessThanOrEqual(60);
      expect(lastPicture()).toContain('$/H');

      execFileSync('stty', ['-F', readFileSync(tty, 'utf8').trim(), 'cols', '30', 'rows', '12']);
      await until('it is narrower', () => Math.max(...lines(lastPicture()).map(({ length }) => length)) === 30, 30_000);

      // Not 'exit', which may come before its last output.
      const ended = once(terminal, 'close');
      terminal.stdin.write('\u0003');
      await ended;
      expect(shown.slice(shown.indexOf('\u001B[?1049l'))).toMatch(/^\S+ended with 0\s*$/s);
      expect(shown).toContain('\u001B[?25h\u001B[?1049l');
    } finally {
      terminal.kill();
    }
  },
  60_000,
);

/** The lines of a screen. */
function lines(picture: string): string[] {
  // oxlint-disable-next-line no-control-regex -- they are what is taken out
  return picture.replaceAll(/\u001B\[[0-?]*[ -/]*[@-~]|\r/g, '').split('\n');
}

test('top says that a deployment has no claims', async () => {
  const nothing = await here.run('top', '--deployment', `x${here.name}`.slice(0, 8));

  expect(nothing).toMatchObject({ code: 0, stdout: 'no open claims\n\n0 claims, $0/h, spent $0\n' });
});
