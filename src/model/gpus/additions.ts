import type { GpuEntry, GpuFamily, GpuId, GpuModel } from './gpuModel';
import { areApart, comparable, idsOf, isGpuName, isProviderName } from './gpuModel';

/** What is wrong with an entry. */
export interface GpuIssue {
  /** The entry's name, and under it the field: `['h300', 'ids', 'runpod']`. */
  path: string[];
  /** What is wrong with it, and what to write. */
  message: string;
}

const NAME_FORM = "a-z and 0-9 with single underscores between them, at most 64 characters, for instance 'rtx_4090'";
const PROVIDER_FORM = "a provider's name: a-z and 0-9 with single hyphens between them, for instance 'runpod'";

/** Adds entries one after the other; leaves out those with issues. Doesn't change its arguments. */
export function addEntries(
  models: readonly GpuModel[],
  families: readonly GpuFamily[],
  entries: readonly GpuEntry[],
): { models: GpuModel[]; issues: GpuIssue[] } {
  const added = new Set<string>();
  const issues: GpuIssue[] = [];
  let known = [...models];
  for (const entry of entries) {
    const found = added.has(entry.name)
      ? [{ path: [entry.name], message: 'is there twice: merge the two entries' }]
      : issuesOfEntry(entry, known, families);
    added.add(entry.name);
    issues.push(...found);
    if (found.length === 0) known = withEntry(entry, known);
  }
  return { models: known, issues };
}

function issuesOfEntry(entry: GpuEntry, known: readonly GpuModel[], families: readonly GpuFamily[]): GpuIssue[] {
  const { name, aliases = [] } = entry;
  if (!isGpuName(name)) return [{ path: [name], message: `can't be a GPU's name: use ${NAME_FORM}` }];
  const family = families.find((other) => other.name === name);
  if (family !== undefined) {
    return [{ path: [name], message: `stands for ${family.members.join(' or ')}: write one of these` }];
  }
  const named = known.find((model) => model.aliases.includes(name));
  if (named !== undefined) return [{ path: [name], message: `is another name of ${named.name}: write ${named.name}` }];

  const existing = known.find((model) => model.name === name);
  const issues: GpuIssue[] = [];
  const refuse = (path: readonly string[], message: string) => issues.push({ path: [name, ...path], message });
  const { memoryGiB } = entry;
  if (memoryGiB === undefined && existing === undefined) refuse(['memoryGiB'], 'is missing: say how much one GPU has');
  if (memoryGiB !== undefined && !(Number.isFinite(memoryGiB) && memoryGiB > 0)) {
    refuse(['memoryGiB'], 'must be an amount of memory in GiB, more than 0');
  } else if (memoryGiB !== undefined && existing !== undefined && memoryGiB !== existing.memoryGiB) {
    refuse(['memoryGiB'], `is ${existing.memoryGiB} for ${name}: leave it out, or give another name to another GPU`);
  }

  for (const [index, alias] of aliases.entries()) {
    const path = ['aliases', String(index)];
    const owner = ownerOf(alias, known, families);
    if (!isGpuName(alias)) refuse(path, `can't be a GPU's name: use ${NAME_FORM}`);
    else if (alias === name || aliases.indexOf(alias) < index) refuse(path, `is there twice: remove one ${alias}`);
    else if (owner !== undefined && owner !== name) refuse(path, `is a name of ${owner} already: choose another`);
  }

  for (const [provider, id] of Object.entries(entry.ids ?? {})) {
    const message = isProviderName(provider)
      ? issueOfId(entry.name, provider, id, existing, known)
      : `can't be the name of a provider: use ${PROVIDER_FORM}`;
    if (message !== undefined) refuse(['ids', provider], message);
  }
  return issues;
}

/** The owner of a name. */
function ownerOf(name: string, known: readonly GpuModel[], families: readonly GpuFamily[]): string | undefined {
  const model = known.find((other) => other.name === name || other.aliases.includes(name));
  return model?.name ?? families.find((family) => family.name === name)?.name;
}

function issueOfId(
  name: string,
  provider: string,
  id: GpuId,
  existing: GpuModel | undefined,
  known: readonly GpuModel[],
): string | undefined {
  if (!isGpuId(id)) return "must be the provider's id, { id } or { byCount }";
  if (
    typeof id === 'object' &&
    'byCount' in id &&
    !Object.keys(id.byCount).every((count) => /^[1-9]\d?$/.test(count))
  ) {
    return "must name its counts as whole numbers from 1 to 99, as in { byCount: { 8: '…' } }";
  }
  const written = idAt(existing, provider);
  if (written !== undefined && merged(written, id) === undefined) {
    return `is ${JSON.stringify(written)} for ${name} already, and can't be changed: remove it, write gpu: { id: '…' } in the spec, or add a GPU of another name`;
  }
  const texts = new Set(idsOf(id).map(comparable));
  const rival = known.find((model) => {
    const other = model.name === name ? undefined : idAt(model, provider);
    return other !== undefined && idsOf(other).some((text) => texts.has(comparable(text))) && !areApart(id, other);
  });
  if (rival !== undefined) return `means ${rival.name} at ${provider} already: make '${name}' an alias of that`;
  return undefined;
}

/** A caller without types may pass anything. */
function isGpuId(value: unknown): value is GpuId {
  if (typeof value === 'string') return value.trim() !== '';
  if (typeof value !== 'object' || value === null || !('id' in value || 'byCount' in value)) return false;
  const texts: unknown[] = idsOf(value as GpuId);
  return texts.length > 0 && texts.every((text) => typeof text === 'string' && text.trim() !== '');
}

function withEntry(entry: GpuEntry, known: readonly GpuModel[]): GpuModel[] {
  const existing = known.find(({ name }) => name === entry.name);
  const ids = Object.entries(entry.ids ?? {}).map(([provider, id]): [string, GpuId] => {
    const written = idAt(existing, provider);
    return [provider, written === undefined ? id : (merged(written, id) ?? written)];
  });
  const model: GpuModel = {
    name: entry.name,
    displayName: entry.displayName ?? existing?.displayName ?? entry.name,
    memoryGiB: entry.memoryGiB ?? existing?.memoryGiB ?? 0,
    vendor: entry.vendor ?? existing?.vendor ?? 'other',
    aliases: [...new Set([...(existing?.aliases ?? []), ...(entry.aliases ?? [])])],
    ids: { ...existing?.ids, ...Object.fromEntries(ids) },
  };
  return existing === undefined ? [...known, model] : known.map((other) => (other === existing ? model : other));
}

function idAt(model: GpuModel | undefined, provider: string): GpuId | undefined {
  return model !== undefined && Object.hasOwn(model.ids, provider) ? model.ids[provider] : undefined;
}

/** An id that repeats an existing one, or adds counts to it, is merged; `undefined` for one that would change it. */
function merged(written: GpuId, added: GpuId): GpuId | undefined {
  if (JSON.stringify(written) === JSON.stringify(added)) return written;
  if (typeof written === 'string' || typeof added === 'string') return undefined;
  if (!('byCount' in written) || !('byCount' in added)) return undefined;
  const isChanged = Object.entries(added.byCount).some(
    ([count, id]) => Object.hasOwn(written.byCount, count) && written.byCount[count] !== id,
  );
  if (isChanged) return undefined;
  const otherIds = [...new Set([...(written.otherIds ?? []), ...(added.otherIds ?? [])])];
  return { byCount: { ...written.byCount, ...added.byCount }, ...(otherIds.length === 0 ? {} : { otherIds }) };
}
