import type { BootFindings, LookInput, Pod } from '../model';
import type { Account } from '../accounts';
import { podVariables } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { redact } from '../http';
import { probe } from './probe';
import { lineOf, providerCall, textOf } from './providerCall';
import type { ProviderCall } from './providerCall';
import { resolveEnvironment, secretValuesOf } from './secrets';
import type { SecretSource } from './secrets';

/** As many as tell an error and where it came from; all of it is kept in the history. */
const LINES_KEPT = 8;
const LONGEST_LINE = 160;

/** What an explanation needs beside its account. */
export interface ExplainDependencies {
  /** Their values, and what is derived from the token secrets, are taken out of what the pod wrote. */
  secrets: SecretSource;
  tokenSecrets?: TokenSecrets;
}

/** Says why a pod isn't healthy: what a probe finds now, and what the pod wrote last. Each that can't be learned is left out. */
export async function explainBoot(
  account: Account,
  input: LookInput,
  dependencies: ExplainDependencies,
): Promise<BootFindings> {
  return await providerCall(input.settings, account.clock, async (call) => {
    const [finding, lines] = await Promise.all([
      findingOf(account, input, dependencies).catch(textOf),
      lastLines(account, input, call, dependencies).catch(() => []),
    ]);
    return { finding, lines };
  });
}

async function findingOf(
  account: Account,
  { podId, name, spec, settings, tokenVersion }: LookInput,
  { tokenSecrets }: ExplainDependencies,
): Promise<string | null> {
  const { pods } = await account.sharedList(settings.bootSnapshotMs);
  const pod: Pod | undefined = pods.find(({ id }) => id === podId);
  // Of one that has ended, its end says why.
  if (pod === undefined || ['terminated', 'failed', 'stopped'].includes(pod.status)) return null;
  if (pod.status !== 'running') return lineOf(`it is ${pod.statusDetail ?? pod.status}`);
  const access = { pod: { name, auth: spec.auth, tokenVersion }, secrets: tokenSecrets };
  const probed = await probe(pod, spec.health, settings.callTimeoutMs, access);
  return probed.passed ? null : lineOf(probed.found);
}

/** The limiter is left out: one call for a boot that has failed. */
async function lastLines(
  { provider }: Account,
  { podId, name, spec, tokenVersion }: LookInput,
  call: ProviderCall,
  { secrets, tokenSecrets }: ExplainDependencies,
): Promise<string[]> {
  if (provider.logs === undefined) return [];
  const guard = podVariables({ name, auth: spec.auth, tokenVersion }, tokenSecrets);
  const hidden = secretValuesOf(spec.env, { ...resolveEnvironment(spec.env, secrets), ...guard });
  const lines: string[] = [];
  const options = { tail: 4 * LINES_KEPT, follow: false };
  for await (const { source, text } of provider.logs(podId, options, { signal: call.signal() })) {
    if (source === 'container' && text.trim() !== '') lines.push(redact(text.trim(), hidden).slice(0, LONGEST_LINE));
    if (lines.length > LINES_KEPT) lines.shift();
  }
  return lines;
}
