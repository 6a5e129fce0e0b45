import { PodkeeperError } from '../model';

/** One event of a stream. */
export interface ServerSentEvent {
  /** Default `message`. */
  event: string;
  /** Its lines, joined by line feeds. */
  data: string;
  /** The stream's last id, for resuming it (`Last-Event-ID`); `undefined` before the first. */
  id: string | undefined;
  /** How long the server asks to wait before resuming, ms; `undefined` if it doesn't. */
  retryMs: number | undefined;
}

/** Limits of a stream, and where it resumes. */
export interface ServerSentEventOptions {
  /** In bytes. Default 1 MiB, RunPod's largest chunk of a job's output. */
  maxLineBytes?: number;
  /** Of all lines of one event, in characters. Default 4 MiB. */
  maxEventLength?: number;
  /** The id from which the stream was resumed. */
  lastEventId?: string;
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Reads a `text/event-stream` as the HTML standard says: an incomplete event at the end of the stream is dropped with its id.
 *
 * @throws PodkeeperError `provider` if a line or an event exceeds its limit.
 */
export async function* serverSentEvents(
  body: AsyncIterable<Uint8Array>,
  { maxLineBytes = 1_048_576, maxEventLength = 4_194_304, lastEventId }: ServerSentEventOptions = {},
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const building = new EventBuilder(maxEventLength, lastEventId);
  for await (const line of linesOf(body, maxLineBytes)) {
    const event = building.take(line);
    if (event !== undefined) yield event;
  }
}

/** Lines that end with CR, LF or both; an unterminated last line is dropped. Decodes whole lines, so that no character is split. */
async function* linesOf(body: AsyncIterable<Uint8Array>, limit: number): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let parts: Uint8Array[] = [];
  let length = 0;
  let isFirst = true;
  let afterReturn = false;
  for await (const chunk of body) {
    let from = 0;
    for (let at = 0; at <= chunk.length; at++) {
      const byte = chunk[at];
      if (byte !== undefined && byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        afterReturn = false;
        continue;
      }
      if (byte === LINE_FEED && afterReturn) {
        afterReturn = false;
        from = at + 1;
        continue;
      }
      const part = chunk.subarray(from, at);
      length += part.length;
      if (length > limit) {
        throw new PodkeeperError('provider', `a line of the event stream is longer than ${limit} bytes`);
      }
      parts.push(part);
      if (byte === undefined) break;
      const line = decoder.decode(Buffer.concat(parts));
      yield isFirst ? line.replace(/^\uFEFF/, '') : line;
      isFirst = false;
      afterReturn = byte === CARRIAGE_RETURN;
      parts = [];
      length = 0;
      from = at + 1;
    }
  }
}

class EventBuilder {
  private readonly maxEventLength: number;
  /** Reported only with a complete event: an incomplete one is requested again. */
  private lastId: string | undefined;
  private retryMs: number | undefined;
  private event = '';
  private data: string[] = [];
  private length = 0;

  constructor(maxEventLength: number, lastId: string | undefined) {
    this.maxEventLength = maxEventLength;
    this.lastId = lastId;
  }

  /** Takes one line; returns the event that it completes. */
  take(line: string): ServerSentEvent | undefined {
    if (line === '') return this.dispatch();
    const colon = line.indexOf(':');
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    this.set(field, value);
    return undefined;
  }

  private set(field: string, value: string): void {
    if (field === 'event') this.event = value;
    else if (field === 'data') this.append(value);
    else if (field === 'id' && !value.includes('\0')) this.lastId = value === '' ? undefined : value;
    else if (field === 'retry' && /^\d{1,9}$/.test(value)) this.retryMs = Number(value);
  }

  private append(value: string): void {
    this.length += value.length + 1;
    if (this.length > this.maxEventLength) {
      throw new PodkeeperError(
        'provider',
        `an event of the event stream is longer than ${this.maxEventLength} characters`,
      );
    }
    this.data.push(value);
  }

  private dispatch(): ServerSentEvent | undefined {
    const { event, data, retryMs } = this;
    this.event = '';
    this.data = [];
    this.length = 0;
    if (data.length === 0) return undefined;
    return { event: event === '' ? 'message' : event, data: data.join('\n'), id: this.lastId, retryMs };
  }
}
