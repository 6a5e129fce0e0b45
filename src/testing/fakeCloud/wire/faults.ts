/** The operations of the fake cloud; `next_page` is a `list` with a cursor. */
export const WIRE_OPERATIONS = [
  'create',
  'list',
  'next_page',
  'get',
  'update',
  'stop',
  'start',
  'restart',
  'terminate',
  'logs',
  'catalogue',
  'billing',
  'submit_job',
  'get_job',
  'stream_job',
  'cancel_job',
  'retry_job',
  'purge_jobs',
  'endpoint_health',
] as const;
/** One of {@link WIRE_OPERATIONS}. */
export type WireOperation = (typeof WIRE_OPERATIONS)[number];

/**
 * A fault between the cloud and its caller.
 *
 * `executed`: whether the request reaches the cloud. Default: `true`; `false` for `rate_limited` and `redirect`. Durations are in ms of real time, since
 * sockets have no other clock.
 */
export type WireFault = { executed?: boolean } & (
  | {
      /** No answer; the connection stays open. */
      kind: 'hang_before_headers';
    }
  | {
      /** Status and headers, but no body; the connection stays open. */
      kind: 'hang_after_headers';
    }
  | {
      /** The real body, in small parts. */
      kind: 'slow_body';
      /** Bytes per part. Default: 1. */
      bytes?: number;
      /** Time between two parts, ms. Default: 100. */
      everyMs?: number;
    }
  | {
      /** The connection is reset before the answer. */
      kind: 'reset_before_answer';
    }
  | {
      /** The connection is reset after the headers and half of the body. */
      kind: 'reset_in_answer';
    }
  | {
      /** The real status, with a body that isn't JSON. */
      kind: 'malformed_json';
    }
  | {
      /** The real status, with truncated JSON and a matching length. */
      kind: 'truncated_json';
    }
  | {
      /** An HTML page. */
      kind: 'html_page';
      /** The status. Default: 200. */
      status?: number;
    }
  | {
      /** An empty body. */
      kind: 'empty_body';
      /** The status. Default: 200. */
      status?: number;
    }
  | {
      /** The real JSON, with a long field before it. */
      kind: 'huge_body';
      /** Size of the field, bytes. Default: 10 MiB. */
      bytes?: number;
    }
  | {
      /** The real body, gzipped, whether or not the caller accepts that. */
      kind: 'gzip_body';
    }
  | {
      /** Numbers are sent as texts. */
      kind: 'numbers_as_texts';
    }
  | {
      /** The list is sent as an object with the indices as keys. */
      kind: 'list_as_object';
    }
  | {
      /** Every `id` is null. */
      kind: 'null_id';
    }
  | {
      /** The list's field has another name. */
      kind: 'renamed_wrapper';
      /** The name. Default: `items`. */
      name?: string;
    }
  | {
      /** The real answer, with headers that state that the rate limit is used up. */
      kind: 'quota_spent';
      /** For how long, s. Default: 60. */
      seconds?: number;
    }
  | {
      kind: 'rate_limited';
      /** How long to wait, in one of the observed forms. Default: 1 s, as `seconds`. */
      retryAfter?: RetryAfter;
    }
  | {
      /** An error in the cloud's form with this status. */
      kind: 'status';
      status: number;
    }
  | {
      /** A redirect to a path that is only requested if it is followed. */
      kind: 'redirect';
      /** The status. Default: 302. */
      status?: 301 | 302 | 303 | 307 | 308;
      /** The location. Default: `/redirected`. */
      location?: string;
    }
);

/** The forms of a 429 answer. */
export type RetryAfter =
  | { form: 'seconds'; seconds: number }
  /** An HTTP date `afterMs` from now, on the fake cloud's clock. */
  | { form: 'date'; afterMs: number }
  /** No `Retry-After`, but `RateLimit` headers with the remaining time. */
  | { form: 'window'; seconds: number }
  /** No header, but a sentence that states the time. */
  | { form: 'words'; seconds: number }
  /** No header. */
  | { form: 'none' }
  /** No header, and a body that isn't JSON. */
  | { form: 'plain_text' };

/** One of the kinds of {@link WireFault}. */
export type WireFaultKind = WireFault['kind'];

const KINDS: { readonly [Kind in WireFaultKind]: true } = {
  hang_before_headers: true,
  hang_after_headers: true,
  slow_body: true,
  reset_before_answer: true,
  reset_in_answer: true,
  malformed_json: true,
  truncated_json: true,
  html_page: true,
  empty_body: true,
  huge_body: true,
  gzip_body: true,
  numbers_as_texts: true,
  list_as_object: true,
  null_id: true,
  renamed_wrapper: true,
  quota_spent: true,
  rate_limited: true,
  status: true,
  redirect: true,
};

/** All kinds of wire faults. */
export const WIRE_FAULT_KINDS: readonly string[] = Object.keys(KINDS);

/** The faults that change an answer's content. The others change its delivery, or replace it. */
export type ContentFault = Extract<
  WireFault,
  {
    kind:
      | 'malformed_json'
      | 'truncated_json'
      | 'html_page'
      | 'empty_body'
      | 'huge_body'
      | 'numbers_as_texts'
      | 'list_as_object'
      | 'null_id'
      | 'renamed_wrapper';
  }
>;

/** The requests to which a fault applies: those of an operation, all, or those that match method and path (with its query). */
export type WireMatch = WireOperation | 'any' | { method?: string; path: RegExp };

/** A fault, and the requests to which it applies. */
export interface WireInjection {
  /** The requests. */
  on: WireMatch;
  /** The fault. */
  fault: WireFault;
  /** Number of requests to which it applies; `Infinity`: all until `clear`. Default: 1. */
  count?: number;
  /** Number of matching requests to skip first. Default: 0. */
  after?: number;
}

/** Whether the request reaches the cloud despite the fault. */
export function isExecuted(fault: WireFault): boolean {
  return fault.executed ?? (fault.kind !== 'rate_limited' && fault.kind !== 'redirect');
}
