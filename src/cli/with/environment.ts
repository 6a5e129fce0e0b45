import type { HealthyPod } from '../../model';

/** What a `with` around ours may have set: of another pod. */
const OURS = /^PODKEEPER_(CLAIM|POD_ID|POD_NAME|ENDPOINT(_\d+)?|HOST_\d+|PORT_\d+)$/;

/**
 * The environment of a command that uses a pod. `PODKEEPER_POD` is never among what is added: it marks the processes that *are* a local pod, and
 * they are ended with it.
 */
export function commandEnvironment(own: NodeJS.ProcessEnv, claim: string, pod: HealthyPod): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(([name]) => !OURS.test(name));
  const [first] = pod.endpoints;
  return {
    ...Object.fromEntries(kept),
    PODKEEPER_CLAIM: claim,
    PODKEEPER_POD_ID: pod.id,
    PODKEEPER_POD_NAME: pod.name,
    ...(first === undefined ? {} : { PODKEEPER_ENDPOINT: first.url }),
    ...Object.fromEntries(
      pod.endpoints.flatMap(({ port, url, host, externalPort }) => [
        [`PODKEEPER_ENDPOINT_${port}`, url],
        [`PODKEEPER_HOST_${port}`, host],
        [`PODKEEPER_PORT_${port}`, String(externalPort)],
      ]),
    ),
  };
}
