/** What holds back the one who fills a {@link ByteQueue}. */
export interface Flow {
  pause: () => void;
  resume: () => void;
  /** Nobody reads any more. */
  cancel: () => void;
}

/** Waiting bytes above which the other side is held back. */
const HIGH_WATER_BYTES = 262_144;

/** Bytes between a socket that pushes and a reader that pulls; bounded by holding the socket back. Read once. */
export class ByteQueue implements AsyncIterable<Uint8Array> {
  readonly #flow: Flow;
  #chunks: Uint8Array[] = [];
  #waiting = 0;
  #isPaused = false;
  #ended: { error?: unknown } | undefined;
  #isTaken = false;
  #wake: (() => void) | undefined;

  constructor(flow: Flow) {
    this.#flow = flow;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting > HIGH_WATER_BYTES && !this.#isPaused) {
      this.#isPaused = true;
      this.#flow.pause();
    }
    this.#wake?.();
  }

  /** Nothing more comes. What is there is read first, the error then. */
  end(outcome: { error?: unknown } = {}): void {
    this.#ended ??= outcome;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    if (this.#isTaken) throw new Error('the body of a reply can be read once');
    this.#isTaken = true;
    try {
      for (;;) {
        const chunk = this.#take();
        if (chunk !== undefined) yield chunk;
        else if (this.#ended === undefined) await new Promise<void>((resolve) => (this.#wake = resolve));
        else if ('error' in this.#ended) throw this.#ended.error;
        else return;
      }
    } finally {
      this.#chunks = [];
      this.#flow.cancel();
    }
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    this.#waiting -= chunk?.length ?? 0;
    if (this.#isPaused && this.#waiting === 0) {
      this.#isPaused = false;
      this.#flow.resume();
    }
    return chunk;
  }
}
