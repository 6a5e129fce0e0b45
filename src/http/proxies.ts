import { BlockList, isIP } from 'node:net';
import type { Agent, Dispatcher } from 'undici';
import { PodkeeperError } from '../model';
import { loadUndici } from './loadUndici';

/** Environment variables: `process.env`, or those of a command. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** A proxy that the environment names. */
export interface Proxy {
  /** With its credentials, if it has any. */
  readonly url: URL;
  /** The variable that names it. */
  readonly variable: string;
}

/** The server to connect to. */
export interface ProxyTarget {
  /** For `grpc:`, `grpc_proxy` and `no_grpc_proxy` come first, as in gRPC's own implementations. */
  protocol: 'http:' | 'https:' | 'grpc:';
  /** A name or an IP address; an IPv6 address with or without brackets. */
  host: string;
  port: number;
}

/** In order of precedence: lower case first, as in curl. An https target falls back to the http proxy, as in undici and gRPC. */
const VARIABLES = {
  'http:': ['http_proxy', 'HTTP_PROXY'],
  'https:': ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'],
  'grpc:': ['grpc_proxy', 'GRPC_PROXY', 'https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'],
} as const;
const EXCEPTIONS = {
  'http:': ['no_proxy', 'NO_PROXY'],
  'https:': ['no_proxy', 'NO_PROXY'],
  'grpc:': ['no_grpc_proxy', 'NO_GRPC_PROXY', 'no_proxy', 'NO_PROXY'],
} as const;
/** Schemes of proxies that each supports: gRPC's libraries support plain HTTP only. */
const SCHEMES = {
  'http:': ['http:', 'https:', 'socks5:'],
  'https:': ['http:', 'https:', 'socks5:'],
  'grpc:': ['http:'],
} as const;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Whether a host is this machine, which is never reached through a proxy. */
export function isLoopback(host: string): boolean {
  const name = bare(host);
  return name === 'localhost' || name.endsWith('.localhost') || isIn(LOOPBACK, name);
}

/**
 * The proxy for a target, from `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in lower or upper case; an empty one counts as unset. Never for loopback.
 *
 * @returns `undefined` if there is no proxy for it.
 * @throws PodkeeperError `validation` with the variable that is not a proxy's address. Its value isn't shown: it may contain a password.
 */
export function proxyFor(target: ProxyTarget, environment: Environment): Proxy | undefined {
  const { protocol } = target;
  const variable = firstSet(VARIABLES[protocol], environment);
  if (variable === undefined || isLoopback(target.host)) return undefined;
  const exceptions = firstSet(EXCEPTIONS[protocol], environment);
  if (exceptions !== undefined && isExcepted(target, environment[exceptions] ?? '')) return undefined;
  const text = (environment[variable] ?? '').trim();
  // As in curl, 'proxy:3128' is a host and a port.
  const url = parseUrl(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const schemes: readonly string[] = SCHEMES[protocol];
  if (url !== undefined && url.hostname !== '' && schemes.includes(url.protocol)) return { url, variable };
  const forms = schemes.map((scheme) => `${scheme}//host:port`).join(' or ');
  const message = `must be the address of a proxy, ${forms}${protocol === 'grpc:' ? ', for Temporal’s gRPC' : ''}`;
  throw new PodkeeperError('validation', `${variable}: ${message}`, { details: [{ path: variable, message }] });
}

/** A proxy without its credentials, for messages. */
export function describeProxy({ url, variable }: Proxy): string {
  return `the proxy ${url.host} (${variable})`;
}

/** The proxy for a URL. @throws as {@link proxyFor} does. */
export function proxyForUrl(address: string | URL, environment: Environment): Proxy | undefined {
  const { protocol, hostname: host, port } = new URL(address);
  const isSecure = protocol === 'https:';
  const target = { host, port: Number(port) || (isSecure ? 443 : 80) };
  return proxyFor({ protocol: isSecure ? 'https:' : 'http:', ...target }, environment);
}

/** Sends requests directly, or through a proxy's tunnel, which is used for plain HTTP too. */
export function makeDispatcher(
  proxy: Proxy | undefined,
  options: Agent.Options & { connectTimeoutMs: number },
): Dispatcher {
  const { Agent, ProxyAgent } = loadUndici();
  const { connectTimeoutMs: timeout, ...rest } = options;
  if (proxy === undefined) return new Agent({ ...rest, connect: { timeout } });
  return new ProxyAgent({ ...rest, uri: proxy.url.href, proxyTls: { timeout }, requestTls: { timeout } });
}

const PROBES = new Map<string, Dispatcher>();
const PROBE_CONNECT_TIMEOUT_MS = 10_000;

/** For single requests such as probes: the proxy's dispatcher, which is kept; `undefined` stands for undici's own, which uses no proxy. */
export function sharedDispatcher(
  address: string | URL,
  environment: Environment = process.env,
): Dispatcher | undefined {
  const proxy = proxyForUrl(address, environment);
  if (proxy === undefined) return undefined;
  const kept = PROBES.get(proxy.url.href);
  if (kept !== undefined) return kept;
  const made = makeDispatcher(proxy, { connectTimeoutMs: PROBE_CONNECT_TIMEOUT_MS });
  PROBES.set(proxy.url.href, made);
  return made;
}

function firstSet(names: readonly string[], environment: Environment): string | undefined {
  return names.find((name) => (environment[name] ?? '').trim() !== '');
}

/** `NO_PROXY` lists hosts (which include their subdomains) with or without a port, IP addresses, networks such as `10.0.0.0/8`, or `*` for all. */
function isExcepted({ host, port }: ProxyTarget, exceptions: string): boolean {
  const name = bare(host);
  return exceptions.split(/[\s,]+/).some((entry) => {
    if (entry === '') return false;
    if (entry === '*') return true;
    const [, network, bits] = /^([^/]+)\/(\d+)$/.exec(entry) ?? [];
    if (network !== undefined) return isIn(subnet(bare(network), Number(bits)), name);
    const [, withoutPort = entry, only] = /^(\[.*\]|[^:]+):(\d+)$/.exec(entry) ?? [];
    const excepted = bare(withoutPort.replace(/^\*?\./, ''));
    return (only === undefined || Number(only) === port) && (name === excepted || name.endsWith(`.${excepted}`));
  });
}

function subnet(network: string, bits: number): BlockList {
  const list = new BlockList();
  const family = isIP(network);
  if (family !== 0 && bits <= (family === 4 ? 32 : 128)) list.addSubnet(network, bits, family === 4 ? 'ipv4' : 'ipv6');
  return list;
}

function isIn(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase();
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
