export { CHECKS } from './checks';
export { examine } from './examine';
export type { ExamineOptions } from './examine';
export type { Finding } from './finding';
