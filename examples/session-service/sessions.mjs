// @ts-check

/** Prefix of the sessions' claim ids, so that callers can't reach the deployment's other claims. */
const PREFIX = 'session-';

/**
 * Sessions, each with its own pod. Temporal stores the sessions and their deadlines. If this process dies, the next one finds them again.
 */
export class Sessions {
  /**
   * The sessions in use, with the time at which they become idle. Keeping the handle lets it combine touches that follow each other closely.
   *
   * @type {Map<string, { pod: import('podkeeper').PodHandle, idleAt: number }>}
   */
  #inUse = new Map();
  #podkeeper;
  #spec;

  /**
   * @param {import('podkeeper').Podkeeper} podkeeper
   * @param {import('podkeeper').PodSpecInput} spec the spec of each session's pod
   */
  constructor(podkeeper, spec) {
    this.#podkeeper = podkeeper;
    this.#spec = spec;
  }

  /**
   * Rents a pod for a session, if it has none, and waits until it is healthy.
   *
   * @param {string} id
   * @param {AbortSignal} signal stops waiting. The pod stays for the next request, or ends after its idle timeout.
   */
  async open(id, signal) {
    await this.#podkeeper.spawn({ ...this.#spec, id: PREFIX + id });
    return await this.use(id, signal);
  }

  /**
   * Finds an open session, and restarts its idle time.
   *
   * @param {string} id
   * @param {AbortSignal} signal stops waiting, if the pod is still booting
   */
  async use(id, signal) {
    const pod = this.#inUse.get(id)?.pod ?? this.#podkeeper.get(PREFIX + id);
    // Read each time: another process may have closed the session and opened it again with another pod.
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
