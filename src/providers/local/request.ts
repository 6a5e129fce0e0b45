import { PodkeeperError, type ErrorKind, type PodSpec } from '../../model';
import type { PodRequest } from '../contract';
import { isPossible, isReserved } from './environment';
import { isPodName } from './state';

type CheckedFields = Pick<PodSpec, 'command' | 'providerOptions'> & { env: Record<string, unknown> };

/**
 * Refuses fields that a local pod doesn't support, in a spec or a request.
 *
 * @throws PodkeeperError `validation` or `unsupported`, refused, naming the field.
 */
export function checkFields({ command, env, providerOptions }: CheckedFields): void {
  const [option] = Object.keys(providerOptions);
  if (option !== undefined) {
    refuse('unsupported', `providerOptions.${option}`, 'the local provider has no such option: remove it');
  }
  if (command === null || command.length === 0 || command[0] === '') {
    refuse(
      'validation',
      'command',
      "a local pod is a process and needs a command: set it, for instance to ['node', 'server.js']",
    );
  }
  if (command.some((part) => part.includes('\0'))) {
    refuse('validation', 'command', 'contains a NUL character, which no system can pass: remove it');
  }
  for (const [name, value] of Object.entries(env)) {
    const field = `env.${name.replaceAll('\0', '\\0')}`;
    if (isReserved(name)) refuse('validation', field, 'is set by the local provider: give it another name');
    if (!isPossible(name))
      refuse('validation', field, 'is not a valid name of an environment variable: give it another name');
    if (typeof value === 'string' && value.includes('\0')) {
      refuse('validation', field, 'contains a NUL character, which no system can pass: remove it');
    }
  }
}

/**
 * Refuses a request that can't become a local pod.
 *
 * @throws PodkeeperError `validation` or `unsupported`, refused, naming the field.
 */
export function checkRequest(request: PodRequest, now: number): asserts request is PodRequest & { command: string[] } {
  if (!isPodName(request.name)) {
    refuse('validation', 'name', 'must be 1 to 63 letters, digits, dots, hyphens and underscores');
  }
  checkFields(request);
  if (request.notAfter === null) return;
  const deadline = Date.parse(request.notAfter);
  if (Number.isNaN(deadline)) refuse('validation', 'notAfter', 'is not an ISO 8601 time');
  if (deadline <= now)
    refuse('validation', 'notAfter', `has already passed (${request.notAfter}), so nothing was started`);
}

function refuse(kind: ErrorKind, path: string, message: string): never {
  const details = [{ path, message }];
  throw new PodkeeperError(kind, `${path}: ${message}`, { provider: 'local', refused: true, details });
}
