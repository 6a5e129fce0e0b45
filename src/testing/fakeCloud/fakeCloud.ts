import type { IncomingMessage, ServerResponse } from 'node:http';
import { realClock, SimulatedCloud } from '../../simulator';
import { Gateway } from './gateway';
import type { Mount, RecordedRequest } from './gateway';
import { JOBS_API } from './jobs/api';
import { Listener } from './listener';
import { LogBook } from './logBook';
import { fakeMarket } from './market';
import { publicAddress } from './network';
import { settingsOf } from './options';
import type { FakeCloudOptions, FakeCloudSettings } from './options';
import { proxyToPod } from './podProxy';
import { V1_API, V1_GONE } from './v1/api';
import { V2_API } from './v2/api';
import { WireFaults } from './wire/wireFaults';
import type { World } from './world';

/** RunPod's API on local sockets, with a simulated cloud behind it. */
export interface FakeCloud {
  /** Base URL of the REST APIs, `http://127.0.0.1:<port>`: v2 is at `/v2`, v1 at the root and at `/v1`. */
  readonly url: string;
  /** Base URL of the job API, `http://127.0.0.1:<port>`: it is at `/v2`. */
  readonly jobsUrl: string;
  /** Environment variables that point a RunPod account here: base URLs, the first key, and the URL of pods' HTTP ports. */
  readonly environment: FakeCloudEnvironment;
  /** The simulated cloud, with its pods, ledger, scripts and faults. */
  readonly cloud: SimulatedCloud;
  /** Injects faults between the cloud and its callers. */
  readonly wire: WireFaults;
  /** Copies of all requests since the start or the last `reset`, oldest first. */
  requests(): RecordedRequest[];
  /** Adds a line to a pod's output, at the cloud's current time. Default of `source`: `container`. */
  log(podId: string, line: string, source?: 'container' | 'system'): void;
  /** Removes all pods, jobs, logs, requests and faults. Hanging calls are disconnected. The addresses stay. */
  reset(): Promise<void>;
  /** Closes all connections and ports. Can be called twice. */
  close(): Promise<void>;
}

/** Environment variables for a RunPod account. */
export interface FakeCloudEnvironment {
  /** URL of the management API. */
  RUNPOD_BASE_URL: string;
  /** URL of the job API, which has its own port. */
  RUNPOD_JOBS_URL: string;
  /** URL of pods' HTTP ports, with the placeholders `{pod}` and `{port}`. */
  RUNPOD_PROXY_URL: string;
  /** The first API key. */
  RUNPOD_API_KEY: string;
}

/**
 * Starts a fake cloud with RunPod's API. It only listens on 127.0.0.1.
 *
 * @throws PodkeeperError `validation`, naming the option; Node's error (`EADDRINUSE`) if a port is in use
 */
export async function startFakeCloud(options: FakeCloudOptions = {}): Promise<FakeCloud> {
  const settings = settingsOf(options);
  const clock = options.clock ?? realClock();
  const cloud = new SimulatedCloud({
    idPrefix: '',
    market: fakeMarket(),
    cpuMarket: [],
    ...settings.simulator,
    endedShownMs: settings.terminatedVisibleMs,
    clock,
    credentials: settings.keys.map(({ name, key }) => ({ name, key })),
    endpoints: (pod, port) => publicAddress(pod, port, settings.endpoints),
  });
  const world: World = {
    cloud,
    clock,
    settings,
    logs: new LogBook(),
    changes: new Map(),
    jobs: new Map(),
    signal: new AbortController().signal,
  };
  return await RunningFakeCloud.open(world);
}

class RunningFakeCloud implements FakeCloud {
  readonly cloud: SimulatedCloud;
  readonly wire: WireFaults;
  readonly url: string;
  readonly jobsUrl: string;
  readonly environment: FakeCloudEnvironment;
  private readonly world: World;
  private readonly gateway: Gateway;
  private readonly listeners: readonly Listener[];
  private abort = new AbortController();
  private isClosed = false;

  private constructor(world: World, parts: Parts) {
    this.world = world;
    this.cloud = world.cloud;
    this.wire = parts.wire;
    this.gateway = parts.gateway;
    this.listeners = [parts.rest, parts.jobs, parts.proxy];
    this.url = parts.rest.url;
    this.jobsUrl = parts.jobs.url;
    this.world.signal = this.abort.signal;
    this.environment = {
      RUNPOD_BASE_URL: world.settings.apis.has('v2') ? `${this.url}/v2` : this.url,
      RUNPOD_JOBS_URL: `${this.jobsUrl}/v2`,
      RUNPOD_PROXY_URL: `${parts.proxy.url}/{pod}-{port}`,
      RUNPOD_API_KEY: world.settings.keys[0]?.key ?? '',
    };
  }

  static async open(world: World): Promise<FakeCloud> {
    const listeners: Listener[] = [];
    const wire = new WireFaults({
      close: async () => void (await Promise.all(listeners.map((listener) => listener.refuse()))),
      open: async () => void (await Promise.all(listeners.map((listener) => listener.reopen()))),
    });
    const gateway = new Gateway(world, wire);
    const serve = (mounts: readonly Mount[]) => (request: IncomingMessage, response: ServerResponse) => {
      gateway.handle(request, response, mounts).catch(() => response.destroy());
    };
    try {
      const { port, jobsPort } = world.settings;
      const rest = await Listener.open(port, serve(restMounts(world.settings)));
      listeners.push(rest);
      const jobs = await Listener.open(jobsPort, serve(jobsMounts(world.settings)));
      listeners.push(jobs);
      const proxy = await Listener.open(0, (request, response) => proxyToPod(request, response, world));
      listeners.push(proxy);
      return new RunningFakeCloud(world, { rest, jobs, proxy, wire, gateway });
    } catch (error) {
      await Promise.all(listeners.map((listener) => listener.refuse()));
      throw error;
    }
  }

  requests(): RecordedRequest[] {
    return this.gateway.requests.map((request) => structuredClone(request));
  }

  log(podId: string, line: string, source: 'container' | 'system' = 'container'): void {
    this.world.logs.write(podId, line, source, this.world.clock.now());
  }

  async reset(): Promise<void> {
    this.abortCalls();
    this.wire.clear();
    await this.wire.refuseConnections();
    this.cloud.reset();
    this.gateway.reset();
    this.world.logs.clear();
    this.world.changes.clear();
    this.world.jobs.clear();
    await this.wire.acceptConnections();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.abortCalls();
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }

  /** Aborts waiting calls: they get no answer and have no further effect. */
  private abortCalls(): void {
    this.abort.abort(new Error('the fake cloud was reset'));
    this.abort = new AbortController();
    if (!this.isClosed) this.world.signal = this.abort.signal;
  }
}

interface Parts {
  rest: Listener;
  jobs: Listener;
  proxy: Listener;
  wire: WireFaults;
  gateway: Gateway;
}

function restMounts({ apis, v1Gone }: FakeCloudSettings): Mount[] {
  const v1 = v1Gone ? V1_GONE : V1_API;
  return [
    ...(apis.has('v2') ? [{ name: 'v2' as const, api: V2_API, prefix: '/v2' }] : []),
    ...(apis.has('v1') ? ['/v1', ''].map((prefix) => ({ name: 'v1' as const, api: v1, prefix })) : []),
  ];
}

function jobsMounts({ apis }: FakeCloudSettings): Mount[] {
  return apis.has('jobs') ? [{ name: 'jobs', api: JOBS_API, prefix: '/v2' }] : [];
}
