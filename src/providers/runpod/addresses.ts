import { parseHttpAddress } from '../../model/httpAddress';
import { refuse } from './refuse';

/** What is said of where RunPod is; the rest comes from the environment, else it is RunPod's own. */
export interface AddressOptions {
  baseUrl?: string;
  jobsUrl?: string;
  proxyUrl?: string;
}

/** Turns the private port of a pod into the address at which RunPod's HTTP proxy shows it. */
export type ProxyAddress = (podId: string, port: number) => URL;

/** Where RunPod's APIs are. */
export interface Addresses {
  management: string;
  jobs: string;
  proxy: ProxyAddress;
}

const MANAGEMENT_URLS = { v2: 'https://api.runpod.io/v2', v1: 'https://rest.runpod.io/v1' };
/** Another host than the management API's, and only alike by name. */
const JOBS_URL = 'https://api.runpod.ai/v2';
const PROXY_URL = 'https://{pod}-{port}.proxy.runpod.net';

/**
 * The one place that knows where RunPod is.
 *
 * @param environment `RUNPOD_BASE_URL`, `RUNPOD_JOBS_URL` and `RUNPOD_PROXY_URL` count where an option isn't given
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
    // Whoever puts something else in RunPod's place doesn't want the key to go to RunPod.
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
  // The text isn't shown: what makes it wrong may be a password in it.
  const message = `must be an http or https address such as ${MANAGEMENT_URLS.v2}, without user, query and fragment`;
  return refuse('validation', option, message);
}

function trimmed(text: string | undefined): string | undefined {
  const left = text?.trim();
  return left === '' ? undefined : left;
}
