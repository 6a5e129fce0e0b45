// @ts-check

/** Sets sessions apart from the deployment's other claims, so that no caller of the service can reach those. */
const PREFIX = 'session-';

/**
 * Sessions, each with a pod of its own. Temporal knows which there are and until when they live; this process may die at any moment, and the next one
 * finds them again.
 */
export class Sessions {
  /**
   * Those in use, with the moment at which they are idle. A handle that is kept answers touches close upon each other by itself.
   *
   * @type {Map<string, { pod: import('podkeeper').PodHandle, idleAt: number }>}
   */
  #inUse = new Map();
  #podkeeper;
  #spec;

  /**
   * @param {import('podkeeper').Podkeeper} podkeeper
   * @param {import('podkeeper').PodSpecInput} spec what each session's pod is to be
   */
  constructor(podkeeper, spec) {
    this.#podkeeper = podkeeper;
    this.#spec = spec;
  }

  /**
   * Rents a pod for a session, unless it has one, and waits until it is healthy.
   *
   * @param {string} id
   * @param {AbortSignal} signal stops the waiting: the pod is there for whoever asks again, or ends when it was idle for too long
   */
  async open(id, signal) {
    await this.#podkeeper.spawn({ ...this.#spec, id: PREFIX + id });
    return await this.use(id, signal);
  }

  /**
   * Finds a session that is open, and counts its idle time anew.
   *
   * @param {string} id
   * @param {AbortSignal} signal stops the waiting, should it still boot
   */
  async use(id, signal) {
    const pod = this.#inUse.get(id)?.pod ?? this.#podkeeper.get(PREFIX + id);
    // Asked each time: another process may have closed the session and opened it again, on another pod.
    const { endpoints } = await pod.healthy({ signal });
    const [endpoint] = endpoints;
    if (endpoint === undefined) throw new Error("ports: a session's pod needs one");
    const { idleDeadline, lifetimeDeadline } = await pod.touch();
    const endsAt = idleDeadline ?? lifetimeDeadline;
    this.#forgetIdle();
    this.#inUse.set(id, { pod, idleAt: Date.parse(endsAt) });
    return { pod, url: endpoint.url, endsAt };
  }

  /**
   * Ends a session, and waits until its pod is proven gone.
   *
   * @param {string} id
   */
  async close(id) {
    this.#inUse.delete(id);
    return await this.#podkeeper.get(PREFIX + id).terminate({ message: 'the session was closed' });
  }

  #forgetIdle() {
    const now = Date.now();
    for (const [id, { idleAt }] of this.#inUse) if (idleAt < now) this.#inUse.delete(id);
  }
}
