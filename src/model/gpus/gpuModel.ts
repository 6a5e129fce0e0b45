/** Who makes a GPU. */
export type GpuVendor = 'nvidia' | 'amd' | 'other';

/** What one provider calls a GPU: its id, for any count, or an id that is true only in part. */
export type GpuId = string | GpuIdOfMemory | GpuIdsByCount;

/** An id beside what has to hold of the memory of one GPU, where a provider gives several models the same id. */
export interface GpuIdOfMemory {
  /** The id that is asked for. */
  id: string;
  /** Other ids that are this model too: known when they are read, never asked for. */
  otherIds?: readonly string[];
  /** In GiB. */
  memoryAboveGiB?: number;
  /** In GiB. */
  memoryBelowGiB?: number;
}

/** Ids of whole machines, by how many of the GPU they have. A count that isn't there can't be rented. */
export interface GpuIdsByCount {
  /** The count as a text: `{ '1': 'gpu_1x_a100', '8': 'gpu_8x_a100' }`. */
  byCount: Readonly<Record<string, string>>;
  /** Other ids that are this model too: known when they are read, never asked for. */
  otherIds?: readonly string[];
}

/** One chip in one form with one size of memory. */
export interface GpuModel {
  /** As specs name it: `rtx_4090`. Where a chip comes with several sizes of memory, the size is part of the name. */
  name: string;
  /** For people: `RTX 4090`. */
  displayName: string;
  /** Of one GPU, as its vendor states it. */
  memoryGiB: number;
  /** Who makes it. */
  vendor: GpuVendor;
  /** Other names that specs may use. */
  aliases: readonly string[];
  /** By provider. A provider that isn't there doesn't rent it. */
  ids: Readonly<Record<string, GpuId>>;
}

/** A name for several models that do the same work: it means the first of them that a provider has. */
export interface GpuFamily {
  /** As specs name it: `a100_80g`. */
  name: string;
  /** For people: `A100 80 GB`. */
  displayName: string;
  /** Names of models, the preferred one first. */
  members: readonly string[];
}

/** A GPU to be added to a catalogue, or what is to be added to one that is in it. Plain JSON, as the configuration's section `gpus` has it. */
export interface GpuEntry {
  /** `a-z`, `0-9` and single underscores between them, at most 64 characters. */
  name: string;
  /** Of one GPU. Required for a new GPU. */
  memoryGiB?: number;
  /** Default: the name. */
  displayName?: string;
  /** Default `other`. */
  vendor?: GpuVendor;
  /** Other names that specs may use. Default: none. */
  aliases?: readonly string[];
  /** By provider: those of Podkeeper, or your own by its name. */
  ids?: Readonly<Record<string, GpuId>>;
}

const GPU_NAME = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;
const PROVIDER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
// Each names something of every object's prototype; `__proto__` has no form of ours anyway.
const FORBIDDEN: readonly string[] = ['constructor', 'prototype'];

/** Tells whether a text has the form of a GPU's name. */
export function isGpuName(text: string): boolean {
  return text.length <= 64 && GPU_NAME.test(text) && !FORBIDDEN.includes(text);
}

/** Tells whether a text has the form of a provider's name. */
export function isProviderName(text: string): boolean {
  return text.length <= 36 && PROVIDER_NAME.test(text) && !FORBIDDEN.includes(text);
}

/** Every id that may be read of a model at a provider, and means it. */
export function idsOf(id: GpuId): string[] {
  if (typeof id === 'string') return [id];
  const asked = 'byCount' in id ? Object.values(id.byCount) : [id.id];
  return [...asked, ...(id.otherIds ?? [])];
}

/** What an id is compared by: Vast, for one, writes both `RTX 4090` and `RTX_4090`. */
export function comparable(id: string): string {
  return id
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');
}

/** Tells whether an id that holds for some sizes of memory holds for this one. */
export function fitsMemory(id: GpuId, memoryGiB: number): boolean {
  const { above, below } = memoryRange(id);
  return memoryGiB > above && memoryGiB < below;
}

/** Tells whether no size of memory fits both. */
export function areApart(one: GpuId, other: GpuId): boolean {
  const [a, b] = [memoryRange(one), memoryRange(other)];
  return a.below <= b.above || b.below <= a.above;
}

function memoryRange(id: GpuId): { above: number; below: number } {
  if (typeof id === 'string' || 'byCount' in id) return { above: -Infinity, below: Infinity };
  return { above: id.memoryAboveGiB ?? -Infinity, below: id.memoryBelowGiB ?? Infinity };
}
