export { CHECKS, examine } from './examine';
export type { ExamineOptions } from './examine';
export type { Finding } from './check';
