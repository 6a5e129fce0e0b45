export * from './client';
export { HttpFailure } from './failure';
export type { HttpFailureReason } from './failure';
export * from './rateLimits';
export * from './redact';
export { requestIdOf } from './reply';
export type { HttpReply, HttpStreamReply } from './reply';
export * from './retryAfter';
export * from './serverSentEvents';
