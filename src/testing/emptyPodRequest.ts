import type { PodRequest } from '../providers/contract';
import { emptyPodSpec } from '../schema/podSpec';

/** What a spec that says nothing comes to as a request, outside of a claim. */
export function emptyPodRequest(name: string): PodRequest {
  const { auth: _auth, owner: _owner, provider: _provider, account: _account, ...spec } = emptyPodSpec();
  const { startupTimeoutMs: _startup, idleTimeoutMs: _idle, maxLifetimeMs: _lifetime, env: _env, ...wanted } = spec;
  return { ...wanted, name, env: {}, notAfter: null };
}
