// @ts-check
import { proxyActivities } from '@temporalio/workflow';
import { withPod } from 'podkeeper/workflows';

/** @type {typeof import('./activities.mjs')} */
const { renderFrame } = proxyActivities({
  startToCloseTimeout: '10 minutes',
  // Limits how long a cancellation or a lost worker stays unnoticed.
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 5 },
});

/** The program of the pod: a server that takes a moment per frame. */
const RENDERER = `
  const { createServer } = require('node:http');
  const server = createServer((request, response) => {
    setTimeout(() => response.end('pixels of ' + request.url.slice(1)), request.url === '/' ? 0 : 300);
  });
  server.listen(process.env.PORT, '127.0.0.1');
`;
/** Without `idleTimeout`: the pod's claim is a child of the workflow, and ends with it. */
const spec = {
  owner: 'render',
  provider: 'local',
  command: ['node', '-e', RENDERER],
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
  maxLifetime: '1h',
};

/**
 * Renders a scene, frame by frame, on its own pod.
 *
 * @param {{ deployment: string, scene: string, frames: number }} input
 * @returns {Promise<string[]>} the result of each frame; the pod is proven gone by then
 */
export async function renderScene({ deployment, scene, frames }) {
  return await withPod({ deployment, id: `render-${scene}` }, spec, async ({ endpoints: [endpoint] }) => {
    /** @type {string[]} */
    const rendered = [];
    for (let frame = 1; frame <= frames; frame += 1) {
      rendered.push(await renderFrame(endpoint?.url ?? '', `${scene}-${frame}`));
    }
    return rendered;
  });
}
