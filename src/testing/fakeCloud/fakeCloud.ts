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

/** RunPod's wire on real sockets of this machine, with a simulated cloud behind it. */
export interface FakeCloud {
  /** Of the REST APIs: v2 is below `/v2`, v1 at the root and below `/v1`. `http://127.0.0.1:<port>` */
  readonly url: string;
  /** Of the job API, which is below `/v2`. `http://127.0.0.1:<port>` */
  readonly jobsUrl: string;
  /** What a RunPod account needs to be told to come here: base addresses, the first key, and the address of pods' HTTP ports. */
  readonly environment: FakeCloudEnvironment;
  /** The cloud behind the wire: its pods, its ledger, its scripts and its faults. */
  readonly cloud: SimulatedCloud;
  /** Makes the wire fail. */
  readonly wire: WireFaults;
  /** All requests since the start or the last `reset`, oldest first. Copies. */
  requests(): RecordedRequest[];
  /** Lets a pod write a line, at the time of the cloud's clock. Default source: `container`. */
  log(podId: string, line: string, source?: 'container' | 'system'): void;
  /** As new: no pods, jobs, logs, requests and faults. Calls that hang are cut. The addresses stay. */
  reset(): Promise<void>;
  /** Cuts what is open, and gives back the ports. A second time does nothing. */
  close(): Promise<void>;
}

/** Variables of the environment. */
export interface FakeCloudEnvironment {
  /** Of the management API. */
  RUNPOD_BASE_URL: string;
  /** Of the job API, which has a port of its own. */
  RUNPOD_JOBS_URL: string;
  /** With `{pod}` and `{port}` to be filled in. */
  RUNPOD_PROXY_URL: string;
  /** The first of its keys. */
  RUNPOD_API_KEY: string;
}

/**
 * Starts a fake cloud that speaks RunPod's wire. It listens on 127.0.0.1 alone.
 *
 * @throws PodkeeperError `validation`, naming the option; Node's error where a port is taken
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

  private constructor(world: World, doors: Doors) {
    this.world = world;
    this.cloud = world.cloud;
    this.wire = doors.wire;
    this.gateway = doors.gateway;
    this.listeners = [doors.rest, doors.jobs, doors.proxy];
    this.url = doors.rest.url;
    this.jobsUrl = doors.jobs.url;
    this.world.signal = this.abort.signal;
    this.environment = {
      RUNPOD_BASE_URL: world.settings.apis.has('v2') ? `${this.url}/v2` : this.url,
      RUNPOD_JOBS_URL: `${this.jobsUrl}/v2`,
      RUNPOD_PROXY_URL: `${doors.proxy.url}/{pod}-{port}`,
      RUNPOD_API_KEY: world.settings.keys[0]?.key ?? '',
    };
  }

  static async open(world: World): Promise<FakeCloud> {
    const listeners: Listener[] = [];
    const wire = new WireFaults({
      shut: async () => void (await Promise.all(listeners.map((listener) => listener.shut()))),
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
      await Promise.all(listeners.map((listener) => listener.shut()));
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
    this.forgetCalls();
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
    this.forgetCalls();
    await Promise.all(this.listeners.map((listener) => listener.close()));
  }

  /** Calls that are still waiting are never answered, and do nothing any more. */
  private forgetCalls(): void {
    this.abort.abort(new Error('the fake cloud begins anew'));
    this.abort = new AbortController();
    if (!this.isClosed) this.world.signal = this.abort.signal;
  }
}

interface Doors {
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
