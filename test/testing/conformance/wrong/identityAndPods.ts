import type { Pod, PodStatus } from '../../../../src/model';
import type { CallContext, Capability, ListFilter, PodRequest } from '../../../../src/providers/contract';
import { TinyProvider, type Wired } from '../tinyProvider';
import type { WrongProvider } from './row';

const ALL = new TinyProvider({ baseUrl: '', apiKey: '' }).capabilities;

function without(capability: Capability): ReadonlySet<Capability> {
  return new Set([...ALL].filter((of) => of !== capability));
}

export const IDENTITY: WrongProvider[] = [
  {
    check: 'identity-name',
    does: 'has a name that no spec can say',
    make: class extends TinyProvider {
      override readonly name = 'Tiny Cloud';
    },
  },
  {
    check: 'identity-capabilities',
    does: 'has a capability that nobody knows',
    make: class extends TinyProvider {
      override readonly capabilities = new Set([...ALL, 'teleport' as Capability]);
    },
  },
  {
    check: 'identity-flags',
    does: 'has the capability logs and no logs',
    also: ['logs-unknown'],
    make: class extends TinyProvider {
      constructor(options: { baseUrl: string; apiKey: string }) {
        super(options);
        Object.assign(this, { logs: undefined });
      }
    },
  },
  {
    check: 'identity-unsupported',
    does: 'stops pods without the capability',
    make: class extends TinyProvider {
      override readonly capabilities = without('stop');
    },
  },
  {
    check: 'identity-unsupported',
    does: 'asks the cloud before it says unsupported',
    make: class extends TinyProvider {
      override readonly capabilities = without('gpu_types');
      override async listGpuTypes(context: CallContext): Promise<never> {
        await super.listGpuTypes(context);
        throw this.error('unsupported', 'has no catalogue', { refused: true });
      }
    },
  },
  {
    check: 'identity-lag',
    does: 'states a negative list lag',
    make: class extends TinyProvider {
      override readonly listLagMs = -1;
    },
  },
  {
    check: 'identity-check',
    does: 'asks the cloud in check',
    make: class extends TinyProvider {
      override check(): void {
        fetch(`${this.baseUrl}/accelerators`, this.init('GET', undefined, new AbortController().signal)).catch(
          () => {},
        );
      }
    },
  },
  {
    check: 'identity-check',
    does: 'refuses in check what it rents',
    make: class extends TinyProvider {
      override check(): void {
        throw this.error('validation', 'image: no');
      }
    },
  },
  {
    check: 'identity-close',
    does: 'ends in close the pods that it has seen',
    make: class extends TinyProvider {
      private readonly known: string[] = [];
      override async get(id: string, context: CallContext): Promise<Pod> {
        this.known.push(id);
        return await super.get(id, context);
      }
      override async close(): Promise<void> {
        for (const id of this.known) await this.terminate(id, { signal: new AbortController().signal });
      }
    },
  },
  {
    check: 'identity-close',
    does: 'can be closed once',
    make: class extends TinyProvider {
      private closed = false;
      override async close(): Promise<void> {
        if (this.closed) throw new Error('closed already');
        this.closed = true;
      }
    },
  },
];

export const PODS: WrongProvider[] = [
  {
    check: 'pods-spawn',
    does: 'answers a new pod as stopped',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        return { ...(await super.spawn(request, context)), status: 'stopped' };
      }
    },
  },
  {
    check: 'pods-spawn',
    does: 'answers a new pod of another provider',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        return { ...(await super.spawn(request, context)), provider: 'other' };
      }
    },
  },
  {
    check: 'pods-spawn-waits-for-nothing',
    does: 'waits in spawn until the pod runs',
    make: class extends TinyProvider {
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        let pod = await super.spawn(request, context);
        while (pod.status !== 'running') pod = await this.get(pod.id, { signal: context.signal });
        return pod;
      }
    },
  },
  {
    check: 'pods-shape',
    does: 'tells a time that is none',
    make: class extends TinyProvider {
      protected override pod(machine: Wired): Pod {
        return { ...super.pod(machine), createdAt: 'this morning' };
      }
    },
  },
  {
    check: 'pods-shape',
    does: 'hands on a field that the contract does not have',
    make: class extends TinyProvider {
      protected override pod(machine: Wired): Pod {
        return Object.assign(super.pod(machine), { zone: machine['zone'] });
      }
    },
  },
  {
    check: 'pods-plain',
    does: 'keeps something under a symbol',
    make: class extends TinyProvider {
      protected override pod(machine: Wired): Pod {
        return Object.assign(super.pod(machine), { [Symbol('price')]: machine['price'] });
      }
    },
  },
  {
    check: 'pods-get',
    does: 'answers a pod of another provider',
    make: class extends TinyProvider {
      override async get(id: string, context: CallContext): Promise<Pod> {
        return { ...(await super.get(id, context)), provider: 'other' };
      }
    },
  },
  {
    check: 'pods-no-memory',
    does: 'lists only the pods that this instance was asked for',
    make: class extends TinyProvider {
      private readonly asked = new Set<string>();
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        this.asked.add(request.name);
        return await super.spawn(request, context);
      }
      protected override matches(pod: Pod, filter: ListFilter): boolean {
        return this.asked.has(pod.name) && super.matches(pod, filter);
      }
    },
  },
  {
    check: 'pods-gpu',
    does: 'never tells the GPU',
    make: class extends TinyProvider {
      protected override pod(machine: Wired): Pod {
        return { ...super.pod(machine), gpu: null };
      }
    },
  },
  {
    check: 'pods-cpu',
    does: 'calls the lack of a GPU by a name',
    make: class extends TinyProvider {
      protected override pod(machine: Wired): Pod {
        const pod = super.pod(machine);
        return { ...pod, gpu: pod.gpu ?? 'none' };
      }
    },
  },
  {
    check: 'pods-env',
    does: 'drops variables without a value',
    make: class extends TinyProvider {
      protected override body(request: PodRequest): Wired {
        const set = Object.entries(request.env).filter(([, value]) => value !== '');
        return { ...super.body(request), env: Object.fromEntries(set) };
      }
    },
  },
  {
    check: 'pods-env',
    does: 'loses a variable named __proto__',
    make: class extends TinyProvider {
      protected override body(request: PodRequest): Wired {
        const env: Record<string, string> = {};
        for (const [name, value] of Object.entries(request.env)) env[name] = value;
        return { ...super.body(request), env };
      }
    },
  },
  {
    check: 'pods-env',
    does: 'trims values',
    make: class extends TinyProvider {
      protected override body(request: PodRequest): Wired {
        const trimmed = Object.entries(request.env).map(([name, value]) => [name, value.trim()]);
        return { ...super.body(request), env: Object.fromEntries(trimmed) as Record<string, string> };
      }
    },
  },
  {
    check: 'pods-token',
    does: 'keeps variables to itself that begin with PODKEEPER_',
    make: class extends TinyProvider {
      protected override body(request: PodRequest): Wired {
        const own = Object.entries(request.env).filter(([name]) => !name.startsWith('PODKEEPER_'));
        return { ...super.body(request), env: Object.fromEntries(own) };
      }
    },
  },
  {
    check: 'pods-http-port',
    does: 'tells the inside port for the outside one',
    make: class extends TinyProvider {
      protected override endpoint(port: Wired): Pod['endpoints'][number] {
        const endpoint = super.endpoint(port);
        return endpoint.protocol === 'http' ? { ...endpoint, externalPort: endpoint.port } : endpoint;
      }
    },
  },
  {
    check: 'pods-tcp-port',
    does: 'gives a TCP port an HTTP address',
    make: class extends TinyProvider {
      protected override endpoint(port: Wired): Pod['endpoints'][number] {
        const endpoint = super.endpoint(port);
        return endpoint.protocol === 'tcp' ? { ...endpoint, url: endpoint.url.replace('tcp:', 'http:') } : endpoint;
      }
    },
  },
  {
    check: 'pods-stop',
    does: 'lets a pod run on that it was to stop',
    make: class extends TinyProvider {
      override async stop(id: string, context: CallContext): Promise<void> {
        await this.start(id, context);
      }
    },
  },
  {
    check: 'pods-concurrent',
    does: 'mixes up the names of pods that are made at the same time',
    make: class extends TinyProvider {
      private last = '';
      override async spawn(request: PodRequest, context: CallContext): Promise<Pod> {
        this.last = request.name;
        return { ...(await super.spawn(request, context)), name: this.last };
      }
    },
  },
  {
    check: 'pods-unknown-status',
    does: 'takes an unknown status for an end',
    make: class extends TinyProvider {
      protected override status(word: unknown): PodStatus {
        const status = super.status(word);
        return status === 'unknown' ? 'terminated' : status;
      }
    },
  },
  {
    check: 'pods-unknown-status',
    does: 'leaves pods of an unknown status out of the list',
    make: class extends TinyProvider {
      protected override matches(pod: Pod, filter: ListFilter): boolean {
        return pod.status !== 'unknown' && super.matches(pod, filter);
      }
    },
  },
];
