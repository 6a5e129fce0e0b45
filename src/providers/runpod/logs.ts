import { setTimeout as pause } from 'node:timers/promises';
import { HttpFailure, serverSentEvents } from '../../http';
import type { ServerSentEvent } from '../../http';
import { PodkeeperError, consequenceOf, isPodkeeperError } from '../../model';
import type { CallContext, LogLine, LogOptions } from '../contract';
import { readObject } from '../wire';
import type { RunpodApi } from './api';

/** RunPod's maximum for `tail`. */
const MAX_LINES = 5_000;
/** After this silence past lines count as read, ms. RunPod's stream doesn't end by itself, and doesn't mark where new lines begin. */
const PAST_IS_READ_MS = 2_000;
/** Backoff after a disconnect: first and longest wait, ms. */
const MIN_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** Maximum number of disconnects in a row without a line in between. */
const MAX_DISCONNECTS = 8;

/**
 * Streams a pod's output. After a disconnect it continues from the last line. Ends when the pod has ended or the signal aborts.
 *
 * @throws PodkeeperError `not_found` if there is no such pod at the start.
 */
export async function* readLogs(
  id: string,
  options: LogOptions,
  api: RunpodApi,
  context: CallContext,
): AsyncGenerator<LogLine, void, undefined> {
  if (options.follow === false) return yield* readPast(id, options, api, context);
  const place = new Position(options.after);
  let disconnects = 0;
  let wasThere = false;
  while (disconnects < MAX_DISCONNECTS) {
    if (wasThere) await waitFor(Math.min(MAX_WAIT_MS, MIN_WAIT_MS * 2 ** disconnects), context.signal);
    if (wasThere && context.signal.aborted) return;
    try {
      const body = await open(id, { ...options, after: place.after }, api, context);
      wasThere = true;
      for await (const line of linesOf(body, place)) {
        disconnects = 0;
        yield line;
      }
      if (await hasEnded(id, api, context)) return;
    } catch (error) {
      if (!wasThere || !isPodkeeperError(error)) throw error;
      if (context.signal.aborted || error.kind === 'not_found') return;
      if (consequenceOf('read', error.kind) !== 'retry') throw error;
    }
    disconnects += 1;
  }
  throw new PodkeeperError(
    'provider',
    `RunPod closed the log stream ${MAX_DISCONNECTS} times in a row: try again later`,
    {
      provider: 'runpod',
    },
  );
}

/** Reads past lines: until none comes for a while, or a line is newer than the call. */
async function* readPast(
  id: string,
  options: LogOptions,
  api: RunpodApi,
  context: CallContext,
): AsyncGenerator<LogLine, void, undefined> {
  const begunAt = Date.now();
  const body = await open(id, options, api, context, PAST_IS_READ_MS);
  try {
    for await (const line of linesOf(body, new Position(options.after))) {
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
      query: after === undefined ? { tail: Math.min(MAX_LINES, Math.max(0, Math.round(tail))) } : {},
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

async function* linesOf(body: AsyncIterable<Uint8Array>, place: Position): AsyncGenerator<LogLine, void, undefined> {
  place.resume();
  for await (const event of serverSentEvents(body)) {
    const line = lineOf(event, place.after);
    if (line !== null && place.isNew(line)) yield line;
  }
}

/** A reader's position. Lines of the same time share a cursor, and lines before a disconnect may be sent again. */
class Position {
  /** The cursor of the last line. */
  after: string | undefined;
  /** How many lines with that cursor were read. All of them, for a caller's cursor. */
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

/** `null` for an event that isn't a line, such as a keepalive. */
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
    throw new PodkeeperError('provider', 'a line of the log is not JSON: the API may have changed', {
      provider: 'runpod',
    });
  }
}
