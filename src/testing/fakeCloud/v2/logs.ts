import { problem } from '../reply';
import type { Reply } from '../reply';
import type { LogEntry } from '../logBook';
import type { Call, Route, World } from '../world';
import { STATUS_WORDS } from './pod';

/** Logs of REST v2, as Server-Sent Events. */
export const LOG_ROUTES: readonly Route[] = [
  { method: 'GET', path: /^\/pods\/(?<id>[^/]+)\/logs$/, operation: 'logs', handle: logs },
];

/** How often a stream without new lines checks whether its pod exists, ms of real time. */
const POLL_MS = 50;

async function logs({ parameters, query, headers, credential }: Call, world: World): Promise<Reply> {
  const asked = readQuery(query, headers['last-event-id']);
  if ('status' in asked) return asked;
  const pod = await world.cloud.get(parameters['id'] ?? '', { credential, signal: world.signal });
  const backlog = backlogOf(world.logs.of(pod.id), asked);
  const seen = world.logs.of(pod.id).at(-1)?.place ?? 0;
  return {
    status: 200,
    headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' },
    body: backlog.map(event).join(''),
    stream: (signal) => follow(pod.id, seen, asked, world, signal),
  };
}

interface Asked {
  source: string | null;
  tail: number;
  /** ms since 1970. */
  since: number | null;
  after: { at: number; place: number } | null;
}

/** `Last-Event-ID` overrides `since`, and both override `tail` (RunPod REST v2 OpenAPI, snapshot 2026-08-20: `getPodLogs`). */
function readQuery(query: URLSearchParams, lastEventId: string | string[] | undefined): Reply | Asked {
  const faults: string[] = [];
  const source = query.get('source');
  if (source !== null && source !== 'container' && source !== 'system')
    faults.push('source: must be container or system');
  const tailText = query.get('tail') ?? '100';
  const tail = /^\d+$/.test(tailText) ? Number(tailText) : NaN;
  if (!(tail <= 5_000)) faults.push('tail: must be 0 to 5000');
  const since = query.has('since') ? Date.parse(query.get('since') ?? '') : null;
  if (Number.isNaN(since)) faults.push('since: must be a time of RFC 3339');
  const id = typeof lastEventId === 'string' ? readId(lastEventId) : null;
  if (id === undefined) faults.push('Last-Event-ID: must be an id of this stream');
  if (faults.length > 0) return problem(422, 'the query of the logs is invalid', { errors: faults });
  return { source, tail, since, after: id ?? null };
}

function backlogOf(entries: readonly LogEntry[], { source, tail, since, after }: Asked): LogEntry[] {
  const wanted = entries.filter((entry) => source === null || entry.source === source);
  if (after !== null) return wanted.filter(({ at, place }) => (after.place > 0 ? place > after.place : at >= after.at));
  if (since !== null) return wanted.filter(({ at }) => at >= since);
  return tail === 0 ? [] : wanted.slice(-tail);
}

/** Streams new lines until the pod is gone. */
async function* follow(
  podId: string,
  seen: number,
  { source }: Asked,
  world: World,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let place = seen;
  while (!signal.aborted) {
    const fresh = world.logs.of(podId).filter((entry) => entry.place > place);
    place = fresh.at(-1)?.place ?? place;
    const wanted = fresh.filter((entry) => source === null || entry.source === source);
    if (wanted.length > 0) yield wanted.map(event).join('');
    const pod = world.cloud.pod(podId);
    if (pod === undefined || STATUS_WORDS[pod.state] === 'TERMINATED') return;
    await world.logs.next(POLL_MS, signal);
  }
}

/** The id is `<time>/<number>`, since several lines may have the same time. */
function event({ place, source, line, at }: LogEntry): string {
  const ts = new Date(at).toISOString();
  return `id: ${ts}/${String(place).padStart(12, '0')}\ndata: ${JSON.stringify({ ts, source, line })}\n\n`;
}

/** Parses an id; `undefined` for an invalid one. A time without a number is allowed. */
function readId(text: string): { at: number; place: number } | undefined {
  const [time = '', place = '0'] = text.split('/');
  const at = Date.parse(time);
  return Number.isNaN(at) || !/^\d+$/.test(place) ? undefined : { at, place: Number(place) };
}
