import type { ErrorKind } from '../../model';

/** What a request was for. What creates (`create`, `job_submit`) can be refused or of unknown outcome; the rest can be sent again. */
export type FailureOperation = 'create' | 'read' | 'end' | 'change' | 'job_submit';

/** What a provider says that the general table of statuses can't know. Every condition that is given has to fit. */
export interface ErrorRule {
  /** The HTTP status, or several. Default: any. */
  status?: number | readonly number[];
  /** A machine code in the body, whole; or a pattern for it. */
  code?: string | RegExp;
  /** A pattern for what the body says: its messages where it is JSON, else the body itself. */
  text?: RegExp;
  /** What the call was for. Default: anything. */
  operation?: FailureOperation | readonly FailureOperation[];
  /** What it means. */
  kind: ErrorKind;
  /** Whether it is sure that nothing was created. Default: what the general table says of the status. */
  refused?: boolean;
  /** What to tell people in place of the provider's words. */
  message?: string;
}

/** In order: the first that fits holds. */
export type ErrorRules = readonly ErrorRule[];

/** What of an outcome the rules look at. */
export interface RuleSubject {
  status: number;
  operation: FailureOperation;
  codes: readonly string[];
  words: string;
}

/** The first rule that fits. */
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

/** Not `test`, which a pattern with the flag `g` answers differently the second time. */
function isIn(pattern: RegExp, text: string): boolean {
  return text.search(pattern) >= 0;
}
