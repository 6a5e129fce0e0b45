import { packageVersion } from '../installation';

let known: string | undefined;

/**
 * Who calls, with a version: gateways before clouds' APIs refuse clients that name themselves after a language
 * (RunPod's with a 403 "error 1010").
 */
export function defaultUserAgent(): string {
  known ??= `podkeeper/${packageVersion()}`;
  return known;
}
