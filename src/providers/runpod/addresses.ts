import { parseHttpAddress } from '../../model/httpAddress';
import { refuse } from './rules';

/** RunPod's addresses from the options. Missing ones come from the environment, or are RunPod's own. */
export interface AddressOptions {
  baseUrl?: string;
  jobsUrl?: string;
  proxyUrl?: string;
}

/** The address of a pod's port at RunPod's HTTP proxy. */
export type ProxyAddress = (podId: string, port: number) => URL;

/** The addresses of RunPod's APIs. */
export interface Addresses {
  management: string;
  jobs: string;
  proxy: ProxyAddress;
}

const MANAGEMENT_URLS = { v2: 'https://api.runpod.io/v2', v1: 'https://rest.runpod.io/v1' };
/** A different host than the management API's, despite the similar name. */
const JOBS_URL = 'https://api.runpod.ai/v2';
const PROXY_URL = 'https://{pod}-{port}.proxy.runpod.net';

/**
 * Determines RunPod's addresses.
 *
 * @param environment `RUNPOD_BASE_URL`, `RUNPOD_JOBS_URL` and `RUNPOD_PROXY_URL` are used for missing options
 * @throws PodkeeperError `validation`, refused, naming the option.
 */
export function addressesOf(
  { baseUrl, jobsUrl, proxyUrl }: AddressOptions,
  generation: 'v2' | 'v1',
  environment: Readonly<Record<string, string | undefined>>,
): Addresses {
  const named = addressOf('baseUrl', baseUrl ?? environment['RUNPOD_BASE_URL']);
  const jobs = addressOf('jobsUrl', jobsUrl ?? environment['RUNPOD_JOBS_URL']);
  const proxy = trimmed(proxyUrl ?? environment['RUNPOD_PROXY_URL']) ?? PROXY_URL;
  addressOf('proxyUrl', fillIn(proxy, 'pod', 1));
  return {
    management: named ?? MANAGEMENT_URLS[generation],
    // With another management API, don't send the key to RunPod.
    jobs: jobs ?? (named === undefined || isRunpods(named) ? JOBS_URL : named),
    proxy: (podId, port) => new URL(fillIn(proxy, podId, port)),
  };
}

function isRunpods(address: string): boolean {
  return /(^|\.)runpod\.io$/.test(new URL(address).hostname);
}

function fillIn(template: string, podId: string, port: number): string {
  return template.replaceAll('{pod}', podId).replaceAll('{port}', String(port));
}

function addressOf(option: string, written: string | undefined): string | undefined {
  const text = trimmed(written);
  if (text === undefined) return undefined;
  const url = /[{}]/.test(text) ? undefined : parseHttpAddress(text);
  if (url !== undefined) return url.href.replace(/\/+$/, '');
  // Don't show the text: it may contain a password.
  const message = `must be an http or https address such as ${MANAGEMENT_URLS.v2}, without user, query and fragment`;
  return refuse('validation', option, message);
}

function trimmed(text: string | undefined): string | undefined {
  const left = text?.trim();
  return left === '' ? undefined : left;
}
