/** What a request of the fake cloud does; `next_page` is a `list` with a cursor. */
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
 * What goes wrong between the cloud and its caller.
 *
 * `executed` says whether the cloud does what was asked, and is what a caller can't see: default `true`, but `false` for the refusals `rate_limited` and
 * `redirect`. Durations are real ms: sockets know no other clock.
 */
export type WireFault = { executed?: boolean } & (
  | {
      /** No byte of an answer, ever; the connection stays open. */
      kind: 'hang_before_headers';
    }
  | {
      /** Status and headers, and never a byte of the body. */
      kind: 'hang_after_headers';
    }
  | {
      /** The true body, in small parts. */
      kind: 'slow_body';
      /** Bytes at a time. Default 1. */
      bytes?: number;
      /** ms between two parts. Default 100. */
      everyMs?: number;
    }
  | {
      /** The connection breaks before the first byte of an answer. */
      kind: 'reset_before_answer';
    }
  | {
      /** The connection breaks within the answer: after its headers and half of its body. */
      kind: 'reset_in_answer';
    }
  | {
      /** The status is true, the body isn't JSON. */
      kind: 'malformed_json';
    }
  | {
      /** The status is true, the JSON stops in the middle, and the length is that of what is sent. */
      kind: 'truncated_json';
    }
  | {
      /** A page for people. */
      kind: 'html_page';
      /** Default 200. */
      status?: number;
    }
  | {
      /** No body where there should be one. */
      kind: 'empty_body';
      /** Default 200. */
      status?: number;
    }
  | {
      /** The true JSON with a long field before it. */
      kind: 'huge_body';
      /** Default 10 MiB. */
      bytes?: number;
    }
  | {
      /** The true body, compressed, whether or not the caller takes that. */
      kind: 'gzip_body';
    }
  | {
      /** Numbers come as texts. */
      kind: 'numbers_as_texts';
    }
  | {
      /** The list comes as an object, keyed by place. */
      kind: 'list_as_object';
    }
  | {
      /** Every `id` is null. */
      kind: 'null_id';
    }
  | {
      /** The list has another name. */
      kind: 'renamed_wrapper';
      /** Default `items`. */
      name?: string;
    }
  | {
      /** The true answer, with headers by which no call is left for so long. */
      kind: 'quota_spent';
      /** Default 60. */
      seconds?: number;
    }
  | {
      kind: 'rate_limited';
      /** How long to wait, in each of the forms that were seen. Default: 1 s, as `seconds`. */
      retryAfter?: RetryAfter;
    }
  | {
      /** An answer of the cloud's own form with this status; `executed` decides whether it lies. */
      kind: 'status';
      status: number;
    }
  | {
      /** To a path that nobody asks for but who follows. */
      kind: 'redirect';
      /** Default 302. */
      status?: 301 | 302 | 303 | 307 | 308;
      /** Default `/redirected`. */
      location?: string;
    }
);

/** The forms of a 429. */
export type RetryAfter =
  | { form: 'seconds'; seconds: number }
  /** An HTTP date so many ms from now, by the fake cloud's clock. */
  | { form: 'date'; afterMs: number }
  /** No `Retry-After`, but `RateLimit` headers by which no call is left for so long. */
  | { form: 'window'; seconds: number }
  /** No header, and a sentence that says how long. */
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

/** Every kind of fault on the wire. */
export const WIRE_FAULT_KINDS: readonly string[] = Object.keys(KINDS);

/** The faults that are in what an answer says; all others are in how it comes, or take its place. */
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

/** Which requests a fault is for: those of an operation, all, or those that look like this. The path comes with its query. */
export type WireMatch = WireOperation | 'any' | { method?: string; path: RegExp };

/** A fault, and which requests it is for. */
export interface WireInjection {
  /** Which requests. */
  on: WireMatch;
  /** What happens to them. */
  fault: WireFault;
  /** How many requests it hits. Default 1; `Infinity` for all until `clear`. */
  count?: number;
  /** How many requests that fit go through before. Default 0. */
  after?: number;
}

/** Tells whether the cloud does what was asked in spite of the fault. */
export function isExecuted(fault: WireFault): boolean {
  return fault.executed ?? (fault.kind !== 'rate_limited' && fault.kind !== 'redirect');
}
