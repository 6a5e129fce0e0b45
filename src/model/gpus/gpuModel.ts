/** Who makes a GPU. */
export type GpuVendor = 'nvidia' | 'amd' | 'other';

/** What a provider calls a GPU: an id for any count, or one with conditions. */
export type GpuId = string | GpuIdOfMemory | GpuIdsByCount;

/** An id with a range of memory of one GPU, for providers that use the same id for several models. */
export interface GpuIdOfMemory {
  /** The id for requests. */
  id: string;
  /** Other ids of this model: recognized in replies, never requested. */
  otherIds?: readonly string[];
  /** In GiB. */
  memoryAboveGiB?: number;
  /** In GiB. */
  memoryBelowGiB?: number;
}

/** Ids of whole machines, by their number of GPUs. Other counts can't be rented. */
export interface GpuIdsByCount {
  /** The count as a text: `{ '1': 'gpu_1x_a100', '8': 'gpu_8x_a100' }`. */
  byCount: Readonly<Record<string, string>>;
  /** Other ids of this model: recognized in replies, never requested. */
  otherIds?: readonly string[];
}

/** One chip in one form with one size of memory. */
export interface GpuModel {
  /** Its name in specs: `rtx_4090`. Includes the memory if the chip comes with several sizes. */
  name: string;
  /** For people: `RTX 4090`. */
  displayName: string;
  /** Memory of one GPU in GiB, as its vendor states it. */
  memoryGiB: number;
  /** Who makes it. */
  vendor: GpuVendor;
  /** Other names that specs may use. */
  aliases: readonly string[];
  /** By provider. A provider without an id doesn't rent it. */
  ids: Readonly<Record<string, GpuId>>;
}

/** A name for several models that do the same work. Stands for the first of them that a provider has. */
export interface GpuFamily {
  /** Its name in specs: `a100_80g`. */
  name: string;
  /** For people: `A100 80 GB`. */
  displayName: string;
  /** Names of models, the preferred one first. */
  members: readonly string[];
}

/** A new GPU for a catalogue, or additions to an existing one. Plain JSON, as in the section `gpus` of the configuration. */
export interface GpuEntry {
  /** `a-z`, `0-9` and single underscores between them; at most 64 characters. */
  name: string;
  /** Memory of one GPU in GiB. Required for a new GPU. */
  memoryGiB?: number;
  /** Default: the name. */
  displayName?: string;
  /** Default `other`. */
  vendor?: GpuVendor;
  /** Other names that specs may use. Default: none. */
  aliases?: readonly string[];
  /** By provider, including your own. */
  ids?: Readonly<Record<string, GpuId>>;
}

const GPU_NAME = /^[a-z0-9]+(?:_[a-z0-9]+)*$/;
const PROVIDER_NAME = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
// Members of every object's prototype. `__proto__` is not a valid name anyway.
const FORBIDDEN: readonly string[] = ['constructor', 'prototype'];

/** Whether a text has the form of a GPU's name. */
export function isGpuName(text: string): boolean {
  return text.length <= 64 && GPU_NAME.test(text) && !FORBIDDEN.includes(text);
}

/** Whether a text has the form of a provider's name. */
export function isProviderName(text: string): boolean {
  return text.length <= 36 && PROVIDER_NAME.test(text) && !FORBIDDEN.includes(text);
}

/** All ids that mean a model in a provider's replies. */
export function idsOf(id: GpuId): string[] {
  if (typeof id === 'string') return [id];
  const asked = 'byCount' in id ? Object.values(id.byCount) : [id.id];
  return [...asked, ...(id.otherIds ?? [])];
}

/** An id's form for comparisons: Vast, for instance, writes both `RTX 4090` and `RTX_4090`. */
export function comparable(id: string): string {
  return id
    .trim()
    .toLowerCase()
    .replace(/[\s_]+/g, ' ');
}

/** Whether an id's range of memory includes this size. */
export function fitsMemory(id: GpuId, memoryGiB: number): boolean {
  const { above, below } = memoryRange(id);
  return memoryGiB > above && memoryGiB < below;
}

/** Whether the ranges of memory of two ids don't overlap. */
export function areApart(one: GpuId, other: GpuId): boolean {
  const [a, b] = [memoryRange(one), memoryRange(other)];
  return a.below <= b.above || b.below <= a.above;
}

function memoryRange(id: GpuId): { above: number; below: number } {
  if (typeof id === 'string' || 'byCount' in id) return { above: -Infinity, below: Infinity };
  return { above: id.memoryAboveGiB ?? -Infinity, below: id.memoryBelowGiB ?? Infinity };
}
