import { parseDuration } from '../../model';
import { FAILURE_CODES, OPERATIONS } from '../../simulator';
import type { Fault, Operation } from '../../simulator';
import type { WireFault, WireInjection, WireOperation } from './wire/faults';
import { WIRE_OPERATIONS } from './wire/faults';

/** A parsed fault: of the cloud, or of its wire. */
export type ReadFault = { cloud: Fault } | { wire: WireInjection };

/** The form of a written fault, for messages. */
export const FAULT_FORM =
  "operation:kind, for instance 'create:executed_then_error', 'create:no_capacity*3', 'list:list_lag=60s' or 'list:html_page*always'";

/**
 * Parses `operation:kind`, `operation:kind=60s` or `operation:kind=503`, optionally followed by `*3` or `*always` for the number of calls.
 *
 * @returns `undefined` for an invalid text
 */
export function readFault(text: string): ReadFault | undefined {
  const match = /^(\w+):(\w+)(?:=(\w+))?(?:\*(\d+|always))?$/.exec(text);
  if (match === null) return undefined;
  const [, operation = '', kind = '', value, times] = match;
  const count = times === undefined ? undefined : times === 'always' ? Infinity : Number(times);
  if (count === 0) return undefined;
  const hits = count === undefined ? {} : { count };
  const cloud = isOperation(operation) ? cloudFault(operation, kind, value) : undefined;
  if (cloud !== undefined) return { cloud: { ...cloud, ...hits } };
  const wire = isWireOperation(operation) ? wireFault(kind, value) : undefined;
  return wire === undefined || !isWireOperation(operation)
    ? undefined
    : { wire: { on: operation, fault: wire, ...hits } };
}

function cloudFault(on: Operation, kind: string, value: string | undefined): Fault | undefined {
  const refusal = FAILURE_CODES.find((code) => code === kind);
  if (refusal !== undefined && refusal !== 'internal' && refusal !== 'no_answer') {
    const retryAfterMs = parseDuration(value);
    return { kind: 'refused', on, code: refusal, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  }
  const ms = parseDuration(value);
  if (on === 'create' && kind === 'late_commit') return ms === undefined ? undefined : { kind, lateMs: ms };
  if (on === 'list' && kind === 'list_lag') return ms === undefined ? undefined : { kind, lagMs: ms };
  if (on === 'list' && kind === 'list_hides') return ms === undefined ? undefined : { kind, forMs: ms };
  if (on === 'terminate' && (kind === 'gone_but_alive' || kind === 'busy_until')) {
    return ms === undefined ? undefined : { kind, forMs: ms };
  }
  if (kind === 'slow') return ms === undefined ? undefined : { kind, on, byMs: ms };
  if (value !== undefined) return undefined;
  if (
    kind === 'executed_then_no_answer' ||
    kind === 'executed_then_error' ||
    kind === 'error' ||
    kind === 'no_answer'
  ) {
    return { kind, on };
  }
  if (on === 'list' && (kind === 'list_omits' || kind === 'list_empty')) return { kind };
  if (on === 'terminate' && kind === 'terminate_ignored') return { kind };
  if ((on === 'get' || on === 'terminate' || on === 'list') && kind === 'not_found_then_back') return { kind, on };
  return undefined;
}

/** Kinds that need no value. */
const PLAIN_KINDS = [
  'hang_before_headers',
  'hang_after_headers',
  'slow_body',
  'reset_before_answer',
  'reset_in_answer',
  'malformed_json',
  'truncated_json',
  'html_page',
  'empty_body',
  'huge_body',
  'gzip_body',
  'numbers_as_texts',
  'list_as_object',
  'null_id',
  'renamed_wrapper',
  'redirect',
] as const;

function wireFault(kind: string, value: string | undefined): WireFault | undefined {
  if (kind === 'status') return /^[2-5]\d\d$/.test(value ?? '') ? { kind, status: Number(value) } : undefined;
  const plain = PLAIN_KINDS.find((candidate) => candidate === kind);
  return plain === undefined || value !== undefined ? undefined : { kind: plain };
}

function isOperation(text: string): text is Operation {
  return (OPERATIONS as readonly string[]).includes(text);
}

function isWireOperation(text: string): text is WireOperation {
  return (WIRE_OPERATIONS as readonly string[]).includes(text);
}
