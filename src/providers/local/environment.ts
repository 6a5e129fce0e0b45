import { LAUNCHER_VARIABLE, POD_VARIABLE } from './processInfo';

/**
 * The variables that a pod inherits from its worker, besides `LC_*`. An allowlist, so that provider keys, tokens and `PODKEEPER_SECRET_*` are never passed
 * on, whatever their names, nor the marker of a pod in which the worker itself may run.
 */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'];

export function inheritedEnvironment(worker: NodeJS.ProcessEnv): [string, string][] {
  return Object.entries(worker).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (INHERITED.includes(entry[0]) || entry[0].startsWith('LC_')),
  );
}

/**
 * Whether the provider sets a variable itself: the markers, `PORT` and `PORT_<port>`. A request that sets one is refused. Replacing it silently would make
 * the server listen on a port that nobody probes, so that the pod would only fail after its startup timeout.
 */
export function isReserved(name: string): boolean {
  return name === POD_VARIABLE || name === LAUNCHER_VARIABLE || /^PORT(_\d+)?$/.test(name);
}

/** Whether the system can pass a variable of this name. A `=` in it would change the name. */
export function isPossible(name: string): boolean {
  return name !== '' && !/[=\0]/.test(name);
}

/** The environment of a pod's command. Later entries override earlier ones. */
export function podEnvironment(
  worker: NodeJS.ProcessEnv,
  name: string,
  requested: Record<string, string>,
  ports: ReadonlyMap<number, number>,
): [string, string][] {
  const [first] = ports.values();
  return [
    ...inheritedEnvironment(worker),
    ...Object.entries(requested),
    ...(first === undefined ? [] : [['PORT', `${first}`] satisfies [string, string]]),
    ...[...ports].map(([inside, outside]): [string, string] => [`PORT_${inside}`, `${outside}`]),
    [POD_VARIABLE, name],
  ];
}

/** For `child_process`. Without a prototype, so that a variable named `__proto__` works. */
export function toEnvironment(entries: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = Object.create(null);
  for (const [name, value] of entries) environment[name] = value;
  return environment;
}
