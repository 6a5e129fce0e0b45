import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentOf, onRunsServer } from './support/deployment';
import { projectOf } from './support/project';
import type { Program, Project } from './support/project';

const live = onRunsServer();
const project = projectOf('session-service');
/** Its pods answer once there is a file `gate`. */
const gated = projectOf('session-service', (directory) => {
  const file = join(directory, 'server.mjs');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/(?<=const COUNTER = `)[^`]*/, serverBehind(join(directory, 'gate'))));
});

function serverBehind(gate: string): string {
  return `
    require('node:http').createServer((request, response) => {
      const wait = setInterval(() => {
        if (request.url === '/slow' && !require('node:fs').existsSync('${gate}')) return;
        clearInterval(wait);
        response.end('at last');
      }, 20);
    }).listen(process.env.PORT, '127.0.0.1');
  `;
}

/** The service as a process, and what it answers. */
interface Service {
  program: Program;
  ask: (path: string, method?: string) => Promise<{ status: number; text: string; retryAfter: string | null }>;
}

async function startService(
  env: NodeJS.ProcessEnv,
  { example = project }: { example?: Project } = {},
): Promise<Service> {
  const program = example.start('server.mjs', [], { ...env, PORT: '0' });
  const url = await program.prints(/^listening on (\S+)$/m);
  return {
    program,
    async ask(path, method = 'GET') {
      const response = await fetch(`${url}${path}`, { method });
      const retryAfter = response.headers.get('retry-after');
      return { status: response.status, text: await response.text(), retryAfter };
    },
  };
}

test(
  'a session has one pod, which answers its requests until it is closed; what goes wrong has the status of its kind',
  live(async (here) => {
    await here.startWorker({ faults: [{ at: 'check', do: { fail: 'no_capacity' } }] });
    const { program, ask } = await startService(environmentOf(here));
    expect(await ask('/sessions/ada', 'PUT')).toMatchObject({ status: 503, retryAfter: '15' });
    expect(await ask('/sessions/Not%20One', 'PUT')).toMatchObject({ status: 400 });
    expect(await ask('/sessions/nobody')).toMatchObject({ status: 404 });
    expect(await ask('/sessions/nobody', 'DELETE')).toMatchObject({ status: 404 });
    expect(await ask('/elsewhere')).toMatchObject({ status: 404 });
    expect(await ask('/sessions/ada', 'PATCH')).toMatchObject({ status: 405 });

    const [opened, again] = await Promise.all([ask('/sessions/ada', 'PUT'), ask('/sessions/ada', 'PUT')]);

    expect([opened.status, again.status]).toEqual([200, 200]);
    expect(JSON.parse(opened.text)).toMatchObject({ id: 'ada', path: '/sessions/ada/', endsAt: expect.any(String) });
    expect(here.living()).toHaveLength(1);
    expect(await ask('/sessions/ada/draw?size=2', 'POST')).toMatchObject({
      status: 200,
      text: 'answer 1 to /draw?size=2',
    });
    // A path that a URL would take for another host's.
    expect((await ask('/sessions/ada//elsewhere/x')).text).toBe('answer 2 to //elsewhere/x');

    const closed = await ask('/sessions/ada', 'DELETE');
    expect(JSON.parse(closed.text)).toMatchObject({ reason: 'released', evidence: expect.any(String) });
    expect(here.living()).toEqual([]);
    expect((await ask('/sessions/ada/draw')).status).toBe(409);
    program.kill('SIGTERM');
    expect({ code: await program.ended, stderr: program.stderr() }).toEqual({ code: 0, stderr: '' });
  }),
  120_000,
);

test(
  'killed and started anew, the service finds its sessions; the one that nobody uses ends as idle, the other doesn’t',
  live(async (here) => {
    await here.startWorker();
    const env = { ...environmentOf(here), SESSION_IDLE_TIMEOUT: '20s' };
    const first = await startService(env);
    await Promise.all(['used', 'left'].map(async (id) => await first.ask(`/sessions/${id}`, 'PUT')));
    expect((await first.ask('/sessions/used/x')).text).toBe('answer 1 to /x');
    first.program.kill('SIGKILL');
    await first.program.ended;

    const second = await startService(env);
    await here.until('the session that is left is over', async () => {
      expect(await second.ask('/sessions/used')).toMatchObject({ status: 200 });
      return !(await here.podkeeper.get('session-left').info()).isOpen;
    });
    // It counts on: it is still the same pod.
    expect((await second.ask('/sessions/used/x')).text).toBe('answer 2 to /x');
    const { report } = await here.podkeeper.get('session-left').result();
    expect(report.end.reason).toBe('idle');
    expect(here.living()).toHaveLength(1);
    // Longer than the other session would have lived, had nobody asked after it.
    expect(Date.parse(report.endedAt) - Date.parse(report.healthyAt ?? '')).toBeGreaterThan(20_000);

    second.program.kill('SIGTERM');
    expect(await second.program.ended).toBe(0);
    expect(here.living()).toHaveLength(1);
    await here.livingAre(0);
  }),
  120_000,
);

test(
  'a session is kept while a request is under way; SIGTERM lets that come to its end, and no caller wait',
  live(async (here) => {
    const made = join(here.directory, 'made');
    await here.startWorker({ faults: [{ at: 'answer', do: { waitFor: made }, after: 1 }] });
    const env = { ...environmentOf(here), SESSION_IDLE_TIMEOUT: '4s' };
    const { program, ask } = await startService(env, { example: gated });
    const { endsAt } = JSON.parse((await ask('/sessions/ada', 'PUT')).text) as { endsAt: string };
    const answer = ask('/sessions/ada/slow');
    const pod = here.podkeeper.get('session-ada');
    // Later than one touch at the request's beginning could have moved it.
    await here.until('its deadline is a whole lease later', async () => {
      const idle = (await pod.info()).claim?.deadlines.idle;
      return Date.parse(idle ?? '') > Date.parse(endsAt) + 4_000;
    });
    const waiting = ask('/sessions/eve', 'PUT');
    await here.livingAre(2);

    program.kill('SIGTERM');
    expect(await waiting).toMatchObject({ status: 503, retryAfter: '15' });
    writeFileSync(join(gated.directory, 'gate'), '');
    expect(await answer).toMatchObject({ status: 200, text: 'at last' });
    expect(await program.ended).toBe(0);
    expect(here.living()).toHaveLength(2);
    writeFileSync(made, '');
    await Promise.all([pod.terminate(), here.podkeeper.get('session-eve').terminate()]);
  }),
  120_000,
);
