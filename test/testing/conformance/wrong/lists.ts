import type { Pod } from '../../../../src/model';
import type { CallContext, ListFilter } from '../../../../src/providers/contract';
import { type Reply, type Sent, TinyProvider, type Wired } from '../tinyProvider';
import type { WrongProvider } from './row';

const FIELDS = ['name', 'status', 'region', 'gpu'] as const;

function given(filter: ListFilter): (typeof FIELDS)[number][] {
  return FIELDS.filter((field) => filter[field] !== undefined);
}

/** A list that ignores a field of its filter if that is the only one. */
function ignoring(field: 'status' | 'region' | 'gpu'): WrongProvider['make'] {
  return class extends TinyProvider {
    protected override matches(pod: Pod, filter: ListFilter): boolean {
      return given(filter).join('') === field || super.matches(pod, filter);
    }
  };
}

/** A list whose pages are changed; `index` is 0 for the first. */
function paging(change: (reply: Reply, index: number) => Reply): WrongProvider['make'] {
  return class extends TinyProvider {
    protected override async exchange(sent: Sent, context: CallContext): Promise<Reply> {
      const reply = await super.exchange(sent, context);
      const from = /^\/machines\?from=(\d+)$/.exec(sent.path)?.[1];
      return from === undefined ? reply : change(reply, Number(from));
    }
  };
}

const NONE: Reply = { status: 200, text: '{"machines":[],"next":null}', retryAfter: null };

export const LISTS: WrongProvider[] = [
  {
    check: 'lists-found',
    does: 'shows a pod twice that is looked for by its name',
    make: class extends TinyProvider {
      override async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
        const pods = await super.list(filter, context);
        return given(filter).join('') === 'name' ? [...pods, ...pods] : pods;
      }
    },
  },
  {
    check: 'lists-all',
    does: 'takes a pod for a copy of another, by its name',
    make: class extends TinyProvider {
      protected override matches(pod: Pod, filter: ListFilter): boolean {
        return !(given(filter).length === 0 && pod.name.endsWith('-2')) && super.matches(pod, filter);
      }
    },
  },
  {
    check: 'lists-filter-name',
    does: 'lets through names that begin alike',
    make: class extends TinyProvider {
      protected override matches(pod: Pod, { name, ...others }: ListFilter): boolean {
        return (name === undefined || pod.name.startsWith(name)) && super.matches(pod, others);
      }
    },
  },
  { check: 'lists-filter-status', does: 'ignores the filter by status', make: ignoring('status') },
  { check: 'lists-filter-region', does: 'ignores the filter by region', make: ignoring('region') },
  { check: 'lists-filter-gpu', does: 'ignores the filter by GPU', make: ignoring('gpu') },
  {
    check: 'lists-filter-combined',
    does: 'lets through what fits one of two filters',
    make: class extends TinyProvider {
      protected override matches(pod: Pod, filter: ListFilter): boolean {
        const fields = given(filter);
        if (fields.length < 2) return super.matches(pod, filter);
        return fields.some((field) => super.matches(pod, { [field]: filter[field] }));
      }
    },
  },
  {
    check: 'lists-filter-nothing',
    does: 'calls a name that no pod has an error',
    make: class extends TinyProvider {
      override async list(filter: ListFilter, context: CallContext): Promise<Pod[]> {
        const pods = await super.list(filter, context);
        if (pods.length === 0 && given(filter).join('') === 'name') throw this.error('not_found', 'no such name');
        return pods;
      }
    },
  },
  {
    check: 'lists-pages',
    does: 'begins each page with the last pod of the page before',
    make: class extends TinyProvider {
      protected override page(reply: Wired): { machines: Wired[]; next: string | null } {
        const page = super.page(reply);
        return page.next === null ? page : { ...page, next: String(Number(page.next) - 1) };
      }
    },
  },
  {
    check: 'lists-page-fails',
    does: 'takes a later page that fails for the end',
    make: paging((reply, from) => (from > 0 && reply.status !== 200 ? NONE : reply)),
  },
  {
    check: 'lists-fails',
    does: 'takes a failed list for an empty one',
    make: paging((reply) => (reply.status === 503 ? NONE : reply)),
  },
  {
    check: 'lists-unreadable',
    does: 'takes an empty body for an empty list',
    make: paging((reply, from) => (from === 0 && reply.status === 200 && reply.text === '' ? NONE : reply)),
  },
  {
    check: 'lists-drift',
    does: 'takes null for an empty list',
    make: class extends TinyProvider {
      protected override page(reply: Wired): { machines: Wired[]; next: string | null } {
        return super.page(reply['machines'] === null ? { machines: [] } : reply);
      }
    },
  },
  {
    check: 'lists-broken-item',
    does: 'leaves out what it cannot read',
    make: class extends TinyProvider {
      protected override page({ machines, ...rest }: Wired): { machines: Wired[]; next: string | null } {
        return super.page({
          ...rest,
          machines: Array.isArray(machines) ? machines.filter((one) => one !== null) : machines,
        });
      }
    },
  },
  {
    check: 'lists-wrong-types',
    does: 'hands on a price that came as a text',
    make: class extends TinyProvider {
      protected override pod(machine: Wired): Pod {
        const { price } = machine;
        if (typeof price !== 'string') return super.pod(machine);
        return { ...super.pod({ ...machine, price: 0 }), hourlyPrice: price as unknown as number };
      }
    },
  },
];
