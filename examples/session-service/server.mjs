// @ts-check
/**
 * An HTTP service that rents a pod per session and keeps it while the session is used. README.md explains how to run it.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { Podkeeper, PodkeeperError, isPodkeeperError, parsePodSpec } from 'podkeeper';
import { replyFor } from './failures.mjs';
import { forward } from './forward.mjs';
import { Sessions } from './sessions.mjs';

/** The program of a session's pod: a server that counts its requests. */
const COUNTER = `
  const { createServer } = require('node:http');
  let asked = 0;
  const server = createServer((request, response) => {
    response.end(request.url === '/' ? 'ready' : 'answer ' + ++asked + ' to ' + request.url);
  });
  server.listen(process.env.PORT, '127.0.0.1');
`;
/** @type {import('podkeeper').PodSpecInput} */
const spec = {
  owner: 'session-service',
  provider: 'local',
  command: ['node', '-e', COUNTER],
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
  startupTimeout: '5m',
  idleTimeout: process.env.SESSION_IDLE_TIMEOUT ?? '5m',
  maxLifetime: '8h',
};

// Validate it here, so that an invalid spec stops the service and not a request.
parsePodSpec(spec);
const RESTARTED = 'the service is restarting: try again';

const deployment = process.env.PODKEEPER_DEPLOYMENT;
if (deployment === undefined) throw new Error("set PODKEEPER_DEPLOYMENT to the deployment that 'podkeeper dev' names");
const { connectionOptions, namespace } = loadClientConnectConfig();
const connection = await Connection.connect(connectionOptions);
const sessions = new Sessions(new Podkeeper({ client: new Client({ connection, namespace }), deployment }), spec);

const stopping = new AbortController();
const server = createServer((request, response) => void answer(request, response));
server.listen(Number(process.env.PORT ?? 8_080), '127.0.0.1');
await once(server, 'listening');
const address = /** @type {import('node:net').AddressInfo} */ (server.address());
console.log(`listening on http://127.0.0.1:${address.port}`);

// Sessions keep running until their leases expire: the next process finds those that are used before that.
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => stopping.abort());
await once(stopping.signal, 'abort');
server.close();
await once(server, 'close');
await connection.close();

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
async function answer(request, response) {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  try {
    await route(request, response, gone.signal);
  } catch (error) {
    // The answer has already begun, or the caller has disconnected.
    if (response.headersSent || gone.signal.aborted) return void response.destroy();
    const isCutShort = stopping.signal.aborted && !isPodkeeperError(error);
    const { status, headers, body } = replyFor(isCutShort ? new PodkeeperError('transport', RESTARTED) : error);
    send(response, status, body, headers);
  }
}

/**
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 * @param {AbortSignal} gone
 */
async function route(request, response, gone) {
  // Check here who may use which session.
  const [, id, path] = /^\/sessions\/([^/?]+)(\/.*)?$/.exec(request.url ?? '') ?? [];
  if (id === undefined) throw new PodkeeperError('not_found', 'not found: use /sessions/<id>');
  const waiting = AbortSignal.any([gone, stopping.signal]);
  if (path !== undefined) {
    const { pod, url, endsAt } = await sessions.use(id, waiting);
    // A long request counts as use, too.
    const lease = pod.keepAlive({ everyMs: Math.max(1_000, (Date.parse(endsAt) - Date.now()) / 3) });
    try {
      return await forward(request, response, { pod: new URL(url), path, signal: gone });
    } finally {
      lease.stop();
    }
  }
  if (request.method === 'DELETE') {
    const { end, evidence, cost } = await sessions.close(id);
    return send(response, 200, { id, reason: end.reason, evidence, cost: cost.total });
  }
  if (request.method !== 'PUT' && request.method !== 'GET') {
    return send(
      response,
      405,
      { kind: 'validation', message: 'method not allowed: use PUT, GET or DELETE' },
      { allow: 'PUT, GET, DELETE' },
    );
  }
  const { endsAt } = request.method === 'PUT' ? await sessions.open(id, waiting) : await sessions.use(id, waiting);
  send(response, 200, { id, path: `/sessions/${id}/`, endsAt });
}

/**
 * @param {import('node:http').ServerResponse} response
 * @param {number} status
 * @param {object} body
 * @param {Record<string, string>} [headers]
 */
function send(response, status, body, headers = {}) {
  response.writeHead(status, { ...headers, 'content-type': 'application/json' });
  response.end(`${JSON.stringify(body)}\n`);
}
