// @ts-check
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { PodkeeperError } from 'podkeeper';

/**
 * Forwards a request to a pod, and returns its answer.
 *
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {{ pod: URL, path: string, signal: AbortSignal }} target
 */
export async function forward(request, response, { pod, path, signal }) {
  const { method } = request;
  const headers = { ...request.headers, host: pod.host };
  // Set the path separately: resolved against the URL, a path such as //elsewhere would lead to another host.
  const onward = (pod.protocol === 'https:' ? https : http).request(pod, { method, path, headers, signal });
  const answered = async () => {
    const [answer] = await once(onward, 'response');
    response.writeHead(answer.statusCode, answer.headers);
    await pipeline(answer, response);
  };
  try {
    await Promise.all([pipeline(request, onward), answered()]);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new PodkeeperError('provider', `the pod didn't answer: ${reason}`, { cause: error });
  }
}
