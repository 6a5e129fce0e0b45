import { checkFields, checkFunction, checkNumber, checkPattern, checkText, checkWord, refuse } from './checks';
import { FAILURE_CODES } from './failure';
import type { Fault, FaultKind } from './faults';
import { OPERATIONS } from './operations';
import type { Operation } from './operations';

const ANY_CALL = ['on', 'name'];
/** The fields of each kind, besides `kind`, `after` and `count`. */
const FIELDS: { [Kind in FaultKind]: readonly string[] } = {
  executed_then_no_answer: [...ANY_CALL, 'hangs'],
  executed_then_error: [...ANY_CALL, 'message'],
  error: [...ANY_CALL, 'message'],
  no_answer: [...ANY_CALL, 'hangs'],
  refused: [...ANY_CALL, 'code', 'retryAfterMs', 'message'],
  late_commit: ['lateMs', 'answer', 'hangs', 'name'],
  list_lag: ['lagMs'],
  list_omits: ['share', 'omits'],
  list_empty: [],
  list_hides: ['until', 'forMs', 'name'],
  not_found_then_back: ['on', 'name'],
  gone_but_alive: ['forMs', 'name'],
  terminate_ignored: ['name'],
  busy_until: ['until', 'forMs', 'name'],
  slow: [...ANY_CALL, 'byMs'],
};
const REFUSALS = FAILURE_CODES.filter((code) => code !== 'internal' && code !== 'no_answer');
const ABOUT_PODS: readonly Operation[] = ['create', 'get', 'stop', 'start', 'terminate'];

/** @throws PodkeeperError `validation`, naming the field */
export function checkFault(fault: Fault, path: string): void {
  if (typeof fault !== 'object' || fault === null)
    refuse(path, "must be an object such as { kind: 'error', on: 'create' }");
  checkWord(`${path}.kind`, fault.kind ?? null, Object.keys(FIELDS));
  checkFields(path, fault, ['kind', 'after', 'count', ...FIELDS[fault.kind]]);
  checkNumber(`${path}.after`, fault.after, { whole: true });
  checkNumber(`${path}.count`, fault.count, { least: 1, whole: true, infinite: true });
  if ('name' in fault) checkPattern(`${path}.name`, fault.name);
  if ('message' in fault) checkText(`${path}.message`, fault.message);
  if ('hangs' in fault && fault.hangs !== undefined && typeof fault.hangs !== 'boolean') {
    refuse(`${path}.hangs`, 'must be true or false');
  }
  checkOwnFields(fault, path);
}

function checkOwnFields(fault: Fault, path: string): void {
  switch (fault.kind) {
    case 'executed_then_no_answer':
    case 'executed_then_error':
    case 'error':
    case 'no_answer':
      return checkOperations(fault, path, OPERATIONS);
    case 'refused':
      checkOperations(fault, path, OPERATIONS);
      checkWord(`${path}.code`, fault.code ?? null, REFUSALS);
      return checkNumber(`${path}.retryAfterMs`, fault.retryAfterMs);
    case 'slow':
      checkOperations(fault, path, OPERATIONS);
      return checkNumber(`${path}.byMs`, fault.byMs ?? null);
    case 'late_commit':
      checkWord(`${path}.answer`, fault.answer, ['no_answer', 'internal']);
      return checkNumber(`${path}.lateMs`, fault.lateMs ?? null);
    case 'list_lag':
      return checkNumber(`${path}.lagMs`, fault.lagMs ?? null);
    case 'list_omits':
      checkFunction(`${path}.omits`, fault.omits);
      if (fault.omits !== undefined && fault.share !== undefined)
        refuse(`${path}.share`, 'set either share or omits, not both');
      return checkNumber(`${path}.share`, fault.share, { most: 1 });
    case 'not_found_then_back':
      if (fault.on !== undefined) checkOperations({ on: fault.on }, path, ['get', 'terminate', 'list']);
      return;
    case 'gone_but_alive':
      return checkNumber(`${path}.forMs`, fault.forMs ?? null);
    case 'busy_until':
    case 'list_hides':
      if ((fault.until === undefined) === (fault.forMs === undefined))
        refuse(`${path}.until`, 'set either until or forMs');
      checkNumber(`${path}.forMs`, fault.forMs, { infinite: true });
      return checkNumber(`${path}.until`, fault.until, { infinite: true });
    case 'list_empty':
    case 'terminate_ignored':
      return;
  }
}

function checkOperations(fault: { on: unknown; name?: unknown }, path: string, known: readonly string[]): void {
  const operations: readonly unknown[] = Array.isArray(fault.on) ? fault.on : [fault.on ?? null];
  if (operations.length === 0) refuse(`${path}.on`, 'must name at least one call');
  for (const operation of operations) {
    checkWord(`${path}.on`, operation, known);
    if (fault.name !== undefined && !ABOUT_PODS.includes(operation as Operation)) {
      refuse(`${path}.name`, `only applies to calls for a single pod, and '${String(operation)}' is not one`);
    }
  }
}
