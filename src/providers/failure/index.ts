export { failureOf } from './failureOf';
export type { FailureInput, FailureReply } from './failureOf';
export type { ErrorRule, ErrorRules, FailureOperation } from './rules';
