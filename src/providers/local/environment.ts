import { LAUNCHER_VARIABLE, POD_VARIABLE } from './processInfo';

/**
 * What a pod inherits of its worker's environment: what programs need to find their way about the machine. A list of
 * what may pass, not of what may not: provider keys, tokens and `PODKEEPER_SECRET_*` stay behind under whatever name
 * they come, and so does the marker of a pod in which the worker itself may run. `LC_*` passes, too.
 */
const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'];

/** The part of the worker's environment that its pods inherit. */
export function inheritedEnvironment(worker: NodeJS.ProcessEnv): [string, string][] {
  return Object.entries(worker).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && (INHERITED.includes(entry[0]) || entry[0].startsWith('LC_')),
  );
}

/**
 * Whether a variable is ours to set: the markers, `PORT` and `PORT_<port>`. These are refused in a request, and never
 * quietly replaced: a server that listens where nobody looks for it is found unhealthy a quarter of an hour later.
 */
export function isReserved(name: string): boolean {
  return name === POD_VARIABLE || name === LAUNCHER_VARIABLE || /^PORT(_\d+)?$/.test(name);
}

/** Whether the system can pass a variable of this name: another `=` would make it a variable of another name. */
export function isPossible(name: string): boolean {
  return name !== '' && !/[=\0]/.test(name);
}

/** The environment of a pod's command; later entries hold against earlier ones. */
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

/** As `child_process` takes it: without a prototype, so that a variable named `__proto__` is one like any other. */
export function toEnvironment(entries: readonly (readonly [string, string])[]): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = Object.create(null);
  for (const [name, value] of entries) environment[name] = value;
  return environment;
}
