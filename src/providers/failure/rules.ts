import type { ErrorKind } from '../../model';

/** A request's purpose. `create` and `job_submit` create something: they can be refused or have an unknown outcome. The others can be sent again. */
export type FailureOperation = 'create' | 'read' | 'end' | 'change' | 'job_submit';

/** A provider's meaning of an error, where the general table of statuses doesn't know it. All given conditions must match. */
export interface ErrorRule {
  /** The HTTP status, or several. Default: any. */
  status?: number | readonly number[];
  /** A machine-readable code in the body, or a pattern for it. */
  code?: string | RegExp;
  /** A pattern for the messages of a JSON body, or for the whole body otherwise. */
  text?: RegExp;
  /** The call's purpose. Default: any. */
  operation?: FailureOperation | readonly FailureOperation[];
  /** The error's kind. */
  kind: ErrorKind;
  /** Whether it is certain that nothing was created. Default: by the general table. */
  refused?: boolean;
  /** Replaces the provider's message. */
  message?: string;
}

/** In order: the first matching rule applies. */
export type ErrorRules = readonly ErrorRule[];

/** The part of an outcome that rules examine. */
export interface RuleSubject {
  status: number;
  operation: FailureOperation;
  codes: readonly string[];
  words: string;
}

export function ruleFor(rules: ErrorRules, subject: RuleSubject): ErrorRule | undefined {
  return rules.find((rule) => fits(rule, subject));
}

function fits({ status, code, text, operation }: ErrorRule, subject: RuleSubject): boolean {
  return (
    (status === undefined || [status].flat().includes(subject.status)) &&
    (operation === undefined || [operation].flat().includes(subject.operation)) &&
    (code === undefined || subject.codes.some((given) => isCode(code, given))) &&
    (text === undefined || isIn(text, subject.words))
  );
}

function isCode(wanted: string | RegExp, given: string): boolean {
  return typeof wanted === 'string' ? wanted === given : isIn(wanted, given);
}

/** Not `test`: with the flag `g` its result depends on the previous call. */
function isIn(pattern: RegExp, text: string): boolean {
  return text.search(pattern) >= 0;
}
