import { setTimeout as pause } from 'node:timers/promises';
import { HttpFailure, serverSentEvents } from '../../http';
import type { ServerSentEvent } from '../../http';
import { PodkeeperError, consequenceOf, isPodkeeperError } from '../../model';
import type { CallContext, LogLine, LogOptions } from '../contract';
import { readObject } from '../wire';
import type { RunpodApi } from './api';

/** RunPod's largest `tail`. */
const MOST_LINES = 5_000;
/** How long the past may be silent before it counts as read, ms: RunPod's stream never ends by itself, and says nothing between past and present. */
const PAST_IS_READ_MS = 2_000;
/** From the first wait after a cut to the longest, ms. */
const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;
/** How often in a row a stream may be cut, or not come about, without a line in between. */
const MOST_CUTS = 8;

/**
 * A pod's output as RunPod streams it. Goes on after a cut from the last line; ends where the pod has, or with the signal.
 *
 * @throws PodkeeperError `not_found` where there is no such pod to begin with.
 */
export async function* readLogs(
  id: string,
  options: LogOptions,
  api: RunpodApi,
  context: CallContext,
): AsyncGenerator<LogLine, void, undefined> {
  if (options.follow === false) return yield* readPast(id, options, api, context);
  const place = new Place(options.after);
  let cuts = 0;
  let wasThere = false;
  while (cuts < MOST_CUTS) {
    if (wasThere) await waitFor(Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** cuts), context.signal);
    if (wasThere && context.signal.aborted) return;
    try {
      const body = await open(id, { ...options, after: place.after }, api, context);
      wasThere = true;
      for await (const line of linesOf(body, place)) {
        cuts = 0;
        yield line;
      }
      if (await hasEnded(id, api, context)) return;
    } catch (error) {
      if (!wasThere || !isPodkeeperError(error)) throw error;
      if (context.signal.aborted || error.kind === 'not_found') return;
      if (consequenceOf('read', error.kind) !== 'retry') throw error;
    }
    cuts += 1;
  }
  throw new PodkeeperError('provider', `RunPod cut the log ${MOST_CUTS} times in a row: try again later`, {
    provider: 'runpod',
  });
}

/** Until the past falls silent, or is the present. */
async function* readPast(
  id: string,
  options: LogOptions,
  api: RunpodApi,
  context: CallContext,
): AsyncGenerator<LogLine, void, undefined> {
  const begunAt = Date.now();
  const body = await open(id, options, api, context, PAST_IS_READ_MS);
  try {
    for await (const line of linesOf(body, new Place(options.after))) {
      if (line.at !== null && Date.parse(line.at) > begunAt) return;
      yield line;
    }
  } catch (error) {
    if (!(error instanceof HttpFailure) || error.reason !== 'timeout' || context.signal.aborted) throw error;
  }
}

async function open(
  id: string,
  { after, tail = 100 }: LogOptions,
  api: RunpodApi,
  context: CallContext,
  idleTimeoutMs?: number,
): Promise<AsyncIterable<Uint8Array>> {
  return await api.stream(
    {
      method: 'GET',
      path: `/pods/${encodeURIComponent(id)}/logs`,
      query: after === undefined ? { tail: Math.min(MOST_LINES, Math.max(0, Math.round(tail))) } : {},
      headers: { accept: 'text/event-stream', ...(after === undefined ? {} : { 'last-event-id': after }) },
      expect: [200],
      ...(idleTimeoutMs === undefined ? {} : { idleTimeoutMs }),
    },
    context,
  );
}

async function hasEnded(id: string, api: RunpodApi, context: CallContext): Promise<boolean> {
  const call = { method: 'GET', path: `/pods/${encodeURIComponent(id)}`, operation: 'read', expect: [200] } as const;
  const status = readObject((await api.send(call, context)).json(), 'the pod').text('status');
  return status === 'EXITED' || status === 'TERMINATED' || status === 'ERROR';
}

async function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal }).catch(() => undefined);
}

async function* linesOf(body: AsyncIterable<Uint8Array>, place: Place): AsyncGenerator<LogLine, void, undefined> {
  place.resume();
  for await (const event of serverSentEvents(body)) {
    const line = lineOf(event, place.after);
    if (line !== null && place.isNew(line)) yield line;
  }
}

/** Where a reader is. Lines of one moment share their cursor, and what was read up to a cut may come once more. */
class Place {
  /** The cursor of the last line. */
  after: string | undefined;
  /** How many lines of that cursor were read; of one that a caller brings, all. */
  private read = Number.POSITIVE_INFINITY;
  private toSkip = 0;

  constructor(after: string | undefined) {
    this.after = after;
  }

  resume(): void {
    this.toSkip = this.after === undefined ? 0 : this.read;
  }

  isNew({ cursor }: LogLine): boolean {
    if (cursor !== this.after) {
      this.after = cursor;
      this.read = 1;
      this.toSkip = 0;
      return true;
    }
    if (this.toSkip > 0) {
      this.toSkip -= 1;
      return false;
    }
    this.read += 1;
    return true;
  }
}

/** `null` for an event that is no line, such as one that only keeps the connection open. */
function lineOf({ data, id }: ServerSentEvent, before: string | undefined): LogLine | null {
  const written = readObject(parse(data), 'a line of the log');
  const text = written.optionalText('line');
  if (text === null) return null;
  const at = written.optionalText('ts');
  return {
    source: written.optionalText('source') === 'system' ? 'system' : 'container',
    text,
    at,
    cursor: id ?? at ?? before ?? '',
  };
}

function parse(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    throw new PodkeeperError('provider', 'a line of the log is no JSON: its shape is unknown', { provider: 'runpod' });
  }
}
