import type { BootFindings, PollInput, Pod } from '../model';
import type { Account } from '../accounts';
import { podVariables } from '../auth/podAccess';
import type { TokenSecrets } from '../auth';
import { redact } from '../http';
import { probe } from './probe';
import { lineOf, providerCall, textOf } from './providerCall';
import type { ProviderCall } from './providerCall';
import { resolveEnvironment, secretValuesOf } from './secrets';
import type { SecretSource } from './secrets';

/** Enough for an error and its origin. All lines are kept in the history. */
const LINES_KEPT = 8;
const LONGEST_LINE = 160;

/** The dependencies of an explanation, beside its account. */
export interface ExplainDependencies {
  /** Secrets whose values are redacted from the pod's log, like those derived from the token secret. */
  secrets: SecretSource;
  tokenSecrets?: TokenSecrets;
}

/** Explains why a pod isn't healthy: the result of a probe, and the last lines of its log. Parts that can't be had are left out. */
export async function explainBoot(
  account: Account,
  input: PollInput,
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
  { podId, name, spec, settings, tokenVersion }: PollInput,
  { tokenSecrets }: ExplainDependencies,
): Promise<string | null> {
  const { pods } = await account.sharedList(settings.bootSnapshotMs);
  const pod: Pod | undefined = pods.find(({ id }) => id === podId);
  // For a pod that has ended, its end is the reason.
  if (pod === undefined || ['terminated', 'failed', 'stopped'].includes(pod.status)) return null;
  if (pod.status !== 'running') return lineOf(`it is ${pod.statusDetail ?? pod.status}`);
  const access = { pod: { name, auth: spec.auth, tokenVersion }, secrets: tokenSecrets };
  const probed = await probe(pod, spec.health, settings.callTimeoutMs, access);
  return probed.passed ? null : lineOf(probed.found);
}

/** Bypasses the limiter: it is one call, for a boot that has failed. */
async function lastLines(
  { provider }: Account,
  { podId, name, spec, tokenVersion }: PollInput,
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
