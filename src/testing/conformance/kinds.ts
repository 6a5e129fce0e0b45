import { isErrorKind, isPodkeeperError } from '../../model';

/** The kind of what was thrown, or a word for people on what it is instead. */
export function kindOf(error: unknown): string {
  if (!isPodkeeperError(error)) return `no PodkeeperError but ${nameOf(error)}`;
  return isErrorKind(error.kind) ? error.kind : `the unknown kind ${String(error.kind)}`;
}

/** Whether a failed create says that surely nothing was created. */
export function isRefused(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'refused' in error && error.refused === true;
}

export function retryAfterOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'retryAfterMs' in error ? error.retryAfterMs : undefined;
}

function nameOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'name' in error ? String(error.name) : typeof error;
}
