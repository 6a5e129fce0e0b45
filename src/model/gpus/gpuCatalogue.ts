import { PodkeeperError } from '../errors';
import { addEntries } from './additions';
import type { GpuIssue } from './additions';
import type { GpuEntry, GpuFamily, GpuId, GpuModel } from './gpuModel';
import { comparable, fitsMemory, idsOf } from './gpuModel';
import { suggestionsFor } from './suggest';

/** A GPU to request of a provider. */
export interface GpuChoice {
  /** The provider's id. */
  id: string;
  /** Only GPUs with more memory than this, in GiB; only if the id alone is ambiguous. */
  memoryAboveGiB?: number;
  /** Only GPUs with less memory than this, in GiB; only if the id alone is ambiguous. */
  memoryBelowGiB?: number;
}

/** Why a name has no id at a provider. */
export type NoGpuReason =
  /** The catalogue doesn't know the name. */
  | 'unknown_name'
  /** The catalogue has no data about the provider. */
  | 'unknown_provider'
  /** The provider doesn't rent it. */
  | 'not_there'
  /** The provider rents it, but not as many at once. */
  | 'not_that_count';

/** The result of looking up a name for a provider. */
export type GpuAnswer =
  | (GpuChoice & { found: true; model: GpuModel })
  | { found: false; reason: NoGpuReason; /** Why, and what to do. */ message: string };

const OWN_ID = "write gpu: { id: '…' } to pass a provider's own name as it is";

/**
 * Names of GPUs, and what each provider calls them. Immutable: {@link extend} returns another one. Has no prices and no stock: providers state those
 * (`listGpuTypes`).
 */
export class GpuCatalogue {
  /** In the order of the docs: the strongest of each kind first. */
  readonly models: readonly GpuModel[];
  /** Names that stand for several models. */
  readonly families: readonly GpuFamily[];
  /** The providers whose GPUs it knows, including those that rent none of them. */
  readonly providers: readonly string[];
  private readonly meanings: ReadonlyMap<string, readonly GpuModel[]>;

  /** @param providers includes those that are known to rent none of the models */
  constructor(models: readonly GpuModel[], families: readonly GpuFamily[], providers: readonly string[] = []) {
    this.models = frozen(models);
    this.families = frozen(families);
    this.providers = frozen([...new Set([...providers, ...models.flatMap(({ ids }) => Object.keys(ids))])]);
    this.meanings = meaningsOf(this.models, this.families);
  }

  /** The models that a name, an alias or a family stands for, the preferred one first; empty if the name isn't known. */
  find(name: string): readonly GpuModel[] {
    return this.meanings.get(name) ?? [];
  }

  /** All canonical names and families, without aliases, in alphabetical order. */
  names(): string[] {
    return [...this.families, ...this.models].map(({ name }) => name).toSorted();
  }

  /** Those of {@link names} that a provider has, in any count; empty for a provider that the catalogue doesn't know. */
  supportedBy(provider: string): string[] {
    return this.names().filter((name) => this.find(name).some((model) => idAtProvider(model, provider) !== undefined));
  }

  /** Whether the catalogue has data about a provider. If not, the provider itself has to resolve names. */
  knowsProvider(provider: string): boolean {
    return this.providers.includes(provider);
  }

  /** What a provider calls `count` GPUs of a name; for a family, the first of its models that is available like that. */
  idAt(name: string, provider: string, count = 1): GpuAnswer {
    const models = this.find(name);
    if (models.length === 0) return { found: false, reason: 'unknown_name', message: this.unknownName(name) };
    if (!this.knowsProvider(provider)) {
      const message = `the catalogue has no GPU of ${provider}: add its ids to the catalogue, or ${OWN_ID}`;
      return { found: false, reason: 'unknown_provider', message };
    }
    for (const model of models) {
      const choice = choiceOf(idAtProvider(model, provider), count);
      if (choice !== undefined) return { found: true, model, ...choice };
    }
    const counts = countsOf(models, provider);
    return counts.length === 0
      ? { found: false, reason: 'not_there', message: this.notThere(name, provider) }
      : { found: false, reason: 'not_that_count', message: notThatCount(name, provider, counts, count) };
  }

  /**
   * The model of a provider's id; `undefined` if it isn't known, or is one of several that the memory doesn't distinguish.
   *
   * @param memoryGiB of one GPU, as the provider states it
   */
  modelOf(provider: string, id: string, memoryGiB?: number): GpuModel | undefined {
    const fitting = this.modelsOf(provider, id).filter(({ ids }) => {
      const written = ids[provider];
      return memoryGiB === undefined || written === undefined || fitsMemory(written, memoryGiB);
    });
    return fitting.length === 1 ? fitting[0] : undefined;
  }

  /** All models that a provider's id can stand for, with any memory. */
  modelsOf(provider: string, id: string): GpuModel[] {
    const read = comparable(id);
    return this.models.filter((model) => {
      const written = idAtProvider(model, provider);
      return written !== undefined && idsOf(written).some((other) => comparable(other) === read);
    });
  }

  /**
   * A catalogue with more entries: new GPUs, or more ids and aliases for existing ones. Existing ids can't be changed.
   *
   * @throws PodkeeperError `validation`, naming each wrong entry by its path; `details` is the list of `{ path, message }`
   */
  extend(entries: readonly GpuEntry[]): GpuCatalogue {
    const { models, issues } = this.tryExtend(entries);
    if (issues.length === 0) return new GpuCatalogue(models, this.families, this.providers);
    const details = issues.map(({ path, message }) => ({ path: ['gpus', ...path].join('.'), message }));
    const lines = details.map(({ path, message }) => `${path}: ${message}`);
    throw new PodkeeperError(
      'validation',
      lines.length === 1 ? `Invalid GPU: ${lines.join('')}` : `Invalid GPUs:\n  ${lines.join('\n  ')}`,
      { details },
    );
  }

  /** Problems of entries for {@link extend}; empty if they can be added. */
  issuesOf(entries: readonly GpuEntry[]): GpuIssue[] {
    return this.tryExtend(entries).issues;
  }

  private tryExtend(entries: readonly GpuEntry[]): { models: GpuModel[]; issues: GpuIssue[] } {
    return addEntries(this.models, this.families, entries);
  }

  private unknownName(name: string): string {
    const { names, count } = suggestionsFor(name, this);
    const times = count === null ? '' : `, with gpuCount: ${count}`;
    const instead =
      names.length === 0 ? 'take one of docs/gpus.md, or' : `did you mean ${alternatives(names)}${times}? Else`;
    return `no GPU is called '${name.slice(0, 64)}': ${instead} ${OWN_ID}`;
  }

  private notThere(name: string, provider: string): string {
    const others = this.providers.filter((other) => countsOf(this.find(name), other).length > 0);
    const whoHas =
      others.length === 0
        ? 'no provider has it'
        : `${alternatives(others, 'and')} ${others.length === 1 ? 'has' : 'have'} it`;
    return `${provider} has no ${name}; ${whoHas}. Take another provider or another gpu (docs/gpus.md), or ${OWN_ID}`;
  }
}

function meaningsOf(
  models: readonly GpuModel[],
  families: readonly GpuFamily[],
): ReadonlyMap<string, readonly GpuModel[]> {
  const meanings = new Map<string, readonly GpuModel[]>();
  for (const model of models) for (const name of [model.name, ...model.aliases]) meanings.set(name, [model]);
  for (const { name, members } of families)
    meanings.set(
      name,
      members.flatMap((member) => meanings.get(member) ?? []),
    );
  return meanings;
}

function idAtProvider({ ids }: GpuModel, provider: string): GpuId | undefined {
  return Object.hasOwn(ids, provider) ? ids[provider] : undefined;
}

function choiceOf(written: GpuId | undefined, count: number): GpuChoice | undefined {
  if (written === undefined) return undefined;
  if (typeof written === 'string') return { id: written };
  if ('byCount' in written) {
    const id = Object.hasOwn(written.byCount, count) ? written.byCount[count] : undefined;
    return id === undefined ? undefined : { id };
  }
  const { otherIds: _others, ...choice } = written;
  return choice;
}

/** The counts in which a provider rents any of some models, ascending; `any` if it doesn't restrict them. */
function countsOf(models: readonly GpuModel[], provider: string): (number | 'any')[] {
  const counts = models.flatMap((model): (number | 'any')[] => {
    const written = idAtProvider(model, provider);
    if (written === undefined) return [];
    return typeof written === 'object' && 'byCount' in written ? Object.keys(written.byCount).map(Number) : ['any'];
  });
  return [...new Set(counts)].toSorted((a, b) => Number(a) - Number(b));
}

function notThatCount(name: string, provider: string, counts: readonly (number | 'any')[], count: number): string {
  const possible = alternatives(counts.map(String));
  return `${provider} rents ${name} as whole machines of ${possible}, not of ${count}: ask for ${possible}, or take another provider`;
}

function alternatives(words: readonly string[], conjunction: 'or' | 'and' = 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1)}`;
}

/** A deeply frozen copy. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  const copy: unknown = Array.isArray(value)
    ? value.map((item: unknown) => frozen(item))
    : Object.fromEntries(Object.entries(value).map(([key, field]: [string, unknown]) => [key, frozen(field)]));
  return Object.freeze(copy) as T;
}
