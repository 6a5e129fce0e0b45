import { request as ask } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { htmlPage, text } from './reply';
import type { Reply } from './reply';
import { configurationOf, hasReported, portsOf } from './v2/pod';
import type { World } from './world';

/**
 * RunPod's proxy for pods' HTTP ports, at the path `/<pod>-<port>/…`, since a host per pod would need names that resolve. Requests for a port with a real
 * server are passed on without that path prefix. Other ports of a running pod answer 200.
 */
export function proxyToPod(request: IncomingMessage, response: ServerResponse, world: World): void {
  const match = /^\/([^/?]+)-(\d+)(\/.*|\?.*|)$/.exec(request.url ?? '/');
  const pod = match?.[1] === undefined ? undefined : world.cloud.pod(match[1]);
  const port = portsOf(pod === undefined ? {} : configurationOf(pod)).find(
    (candidate) => candidate.port === Number(match?.[2]) && candidate.protocol === 'http',
  );
  if (pod === undefined || port === undefined) return answer(response, htmlPage(404, 'Not Found'));
  if (!hasReported(pod, world)) return answer(response, htmlPage(502, 'Bad Gateway'));
  const served = world.settings.endpoints({ id: pod.id, name: pod.name }, port);
  if (served === undefined) return answer(response, text(200, 'a simulated pod\n'));
  const onward = ask(
    {
      host: served.host,
      port: served.port,
      method: request.method,
      path: (match?.[3] ?? '').replace(/^(?!\/)/, '/'),
      headers: { ...request.headers, host: `${served.host}:${served.port}` },
    },
    (reply) => {
      response.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(response);
    },
  );
  onward.on('error', () =>
    response.headersSent ? response.destroy() : answer(response, htmlPage(502, 'Bad Gateway')),
  );
  response.once('close', () => onward.destroy());
  request.pipe(onward);
}

function answer(response: ServerResponse, reply: Reply): void {
  response.writeHead(reply.status, reply.headers);
  response.end(reply.body);
}
