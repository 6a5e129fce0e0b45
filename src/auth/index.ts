/** Bearer tokens and signed URLs, for applications and for services inside pods. Needs nothing but Node. */
export { podGuard, requireBearer } from './guard';
export type { GuardAnswer, GuardedRequest, PodGuardOptions } from './guard';
export { POD_VARIABLES } from './podAccess';
export { signUrl, verifyUrl } from './signedUrl';
export type { SignUrlOptions, VerifiedUrl, VerifyUrlOptions } from './signedUrl';
export { TOKEN_SECRET_VARIABLE, TokenSecrets, isTokenSecrets, tokenSecretsFrom, tokenSecretsOf } from './tokenSecrets';
export { authorizationHeader, hashToken, isToken, podSigningKey, podToken } from './tokens';
