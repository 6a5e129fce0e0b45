// @ts-check
import { proxyActivities } from '@temporalio/workflow';
import { withPod } from 'podkeeper/workflows';

/** @type {typeof import('./activities.mjs')} */
const { renderFrame } = proxyActivities({
  startToCloseTimeout: '10 minutes',
  // How soon a frame hears that it is cancelled, or a lost worker is noticed.
  heartbeatTimeout: '10 seconds',
  retry: { maximumAttempts: 5 },
});

/** What a scene is rendered by: here a server that takes a moment for each frame. */
const RENDERER = `
  const { createServer } = require('node:http');
  const server = createServer((request, response) => {
    setTimeout(() => response.end('pixels of ' + request.url.slice(1)), request.url === '/' ? 0 : 300);
  });
  server.listen(process.env.PORT, '127.0.0.1');
`;
/** No `idleTimeout`: the pod is a child of the workflow, and ends with it. */
const spec = {
  owner: 'render',
  provider: 'local',
  command: ['node', '-e', RENDERER],
  ports: ['8000/http'],
  health: { http: { port: 8000, path: '/' } },
  maxLifetime: '1h',
};

/**
 * Renders a scene, frame by frame, on a pod of its own.
 *
 * @param {{ deployment: string, scene: string, frames: number }} input
 * @returns {Promise<string[]>} what came of each frame; the pod is proven gone by then
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
