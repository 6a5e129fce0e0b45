// @ts-check
import { once } from 'node:events';
import * as http from 'node:http';
import * as https from 'node:https';
import { pipeline } from 'node:stream/promises';
import { PodkeeperError } from 'podkeeper';

/**
 * Passes a request on to a pod, and its answer back.
 *
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {{ pod: URL, path: string, signal: AbortSignal }} target
 */
export async function forward(request, response, { pod, path, signal }) {
  const { method } = request;
  const headers = { ...request.headers, host: pod.host };
  // The path apart from the address: resolved against it, one such as //elsewhere would lead away from the pod.
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
