import type { ErrorKind } from '../../model';
import type { PodState } from './state';

/**
 * Why a pod without processes, which may not start any more, never ran its command; `undefined` for one that did. One without any record may have run
 * for a moment, should its launcher have been killed before it wrote that down: it came to nothing all the same.
 */
export function unstartedKind({ start, end }: Pick<PodState, 'start' | 'end'>): ErrorKind | undefined {
  if (end?.reason === 'not_started') return kindOfCode(end.code);
  return start === undefined && end === undefined ? 'no_capacity' : undefined;
}

/** What the system's answer to a start says of the reason. Without a code: it came too late, or was called off. */
export function kindOfCode(code: string | undefined): ErrorKind {
  if (code === undefined || BUSY.has(code)) return 'no_capacity';
  return WRONG_COMMAND.has(code) ? 'validation' : 'provider';
}

const BUSY = new Set(['EAGAIN', 'ENOMEM', 'EMFILE', 'ENFILE']);
const WRONG_COMMAND = new Set(['ENOENT', 'EACCES', 'ENOEXEC', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'E2BIG']);
