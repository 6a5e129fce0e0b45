/** Podkeeper for application code: rent pods, wait until they are healthy, use them, end them. */
export * from './client';
export * from './model';
export * from './model/gpus';
export { TokenSecrets, authorizationHeader, hashToken, isToken, podToken, signUrl, verifyUrl } from './auth';
export type { SignUrlOptions, VerifiedUrl, VerifyUrlOptions } from './auth';
export { parsePodSpec } from './schema';
export type { ParsedPodSpec, PodSpecInput } from './schema';
export { examine } from './doctor';
export type { ExamineOptions, Finding } from './doctor';
export { accountsWithReaper, dryRun, readReaper, sweepNow } from './reaper';
export type { Reaper, ReaperState, Swept } from './reaper';
