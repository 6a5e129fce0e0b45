import type { z } from 'zod';
import type { Candidate, PodSpec } from '../model';
import { emptyPodSpec, parseDuration } from '../model';
import { contradictionsOfEach, gpusOf, normalizedCandidates, sizeIssues } from './candidates';
import { findBareNumbers, formsOf } from './forms';
import type { Issue, Locate } from './issues';
import { errorOf, issuesOf } from './issues';
import { isPlainObject, plainData } from './plainData';
import * as fields from './podSpecFields';
import { podSpecSchema, SPEC_FORM } from './podSpecSchema';
import { isDuration } from './scalars';

/** A checked and completed spec. */
export interface ParsedPodSpec {
  /** The claim's id; `null` if none was given. */
  id: string | null;
  /** Checked and completed. */
  spec: PodSpec;
}

/** A spec, and where its candidates come from. */
export interface ReadPodSpec extends ParsedPodSpec {
  /** For each of the spec's candidates: which one it was written as, from 0; `null` for the spec itself. */
  origins: (number | null)[];
}

/**
 * Checks and completes what a user wrote. Doesn't change its input.
 *
 * @throws PodkeeperError `validation`, or `unsupported` if the only problem is a field that doesn't exist yet. The message names every wrong field by its
 *   path and says what to write; `details` is the list of `{ path, message }`.
 */
export function parsePodSpec(input: unknown): ParsedPodSpec {
  const { id, spec } = readPodSpec(input);
  return { id, spec };
}

/** As {@link parsePodSpec}, and says where its candidates come from. */
export function readPodSpec(input: unknown): ReadPodSpec {
  const checked = checkPodSpec(input);
  if ('issues' in checked) throw errorOf('spec', checked.issues);
  return checked;
}

/**
 * Checks what a person wrote in a file or on the command line: as {@link parsePodSpec}, and durations need a unit.
 *
 * @param locate where a field was written, for messages
 * @throws PodkeeperError as {@link parsePodSpec}
 */
export function parseWrittenSpec(input: unknown, locate: Locate): ParsedPodSpec {
  const checked = checkPodSpec(input, true);
  if ('issues' in checked) throw errorOf('spec', checked.issues, locate);
  return { id: checked.id, spec: checked.spec };
}

function checkPodSpec(input: unknown, needsUnits = false): ReadPodSpec | { issues: Issue[] } {
  const { data, issues } = plainData(input ?? null);
  if (!isPlainObject(data)) return { issues: [...issues, { path: [], message: `must be ${SPEC_FORM}` }] };
  if (needsUnits) issues.push(...findBareNumbers(podSpecSchema, data));
  issues.push(...takeLaterFields(data), ...contradictionsOfEach(data, findContradictions));
  const result = podSpecSchema.safeParse(data);
  if (!result.success) issues.push(...issuesOf(result.error.issues));
  return issues.length > 0 || !result.success ? { issues } : complete(result.data);
}

function complete({
  id,
  candidates: written,
  gpu,
  ...given
}: z.output<typeof podSpecSchema>): ReadPodSpec | { issues: Issue[] } {
  const { listed, origins } = normalizedCandidates(written, gpu);
  const candidates: Candidate[] = listed.map(completed);
  const issues = sizeIssues(candidates, written === undefined ? 'gpu' : 'candidates');
  if (issues.length > 0) return { issues };
  const spec = { ...emptyPodSpec(), ...completed(given), gpu: gpusOf(gpu)[0] ?? null, candidates };
  return { id: id ?? null, spec, origins };
}

/** By the names of a completed spec. */
function completed(given: object): object {
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [completedName(name), value]));
}

const FIELDS: Readonly<Record<string, z.ZodType>> = podSpecSchema.shape;

/** A field's name in a completed spec, where durations are in ms: `idleTimeout` is `idleTimeoutMs`. */
export function completedName(name: string): string {
  const schema = FIELDS[name];
  return schema !== undefined && formsOf(schema).some(isDuration) ? `${name}Ms` : name;
}

const LATER_FIELDS: Readonly<Record<string, string>> = {
  maxCost: 'is not there yet: remove it and set maxHourlyPrice and maxLifetime, which together bound the cost',
};

function takeLaterFields(data: Record<string, unknown>): Issue[] {
  const issues: Issue[] = [];
  for (const [field, message] of Object.entries(LATER_FIELDS)) {
    if (!Object.hasOwn(data, field)) continue;
    issues.push({ path: [field], message, unsupported: true });
    delete data[field];
  }
  return issues;
}

/** Problems of two fields together. They are reported together with those of single fields. */
function findContradictions(data: Record<string, unknown>): Issue[] {
  const issues: Issue[] = [];
  if (data['gpuCount'] !== undefined && data['gpu'] === undefined) {
    issues.push({ path: ['gpuCount'], message: 'needs a gpu: name one, or remove gpuCount' });
  }
  const startup = parseDuration(data['startupTimeout']);
  const lifetime = parseDuration(data['maxLifetime']);
  if (startup !== undefined && lifetime !== undefined && startup > lifetime) {
    issues.push({ path: ['maxLifetime'], message: 'must be at least as long as startupTimeout' });
  }
  return [...issues, ...findUnreachableProbe(data['health'], data['ports'])];
}

function findUnreachableProbe(writtenHealth: unknown, writtenPorts: unknown): Issue[] {
  const health = fields.health.safeParse(writtenHealth);
  const ports = fields.ports.safeParse(writtenPorts ?? []);
  if (!health.success || !ports.success || health.data.kind === 'status') return [];
  const { kind, port } = health.data;
  const path = ['health', kind, 'port'];
  const protocols = ports.data.filter((entry) => entry.port === port).map((entry) => entry.protocol);
  if (protocols.length === 0) {
    return [{ path, message: `must be one of ports: add '${port}/${kind}' to them` }];
  }
  // A provider's HTTP proxy accepts connections even if nothing listens behind it.
  if (kind === 'tcp' && !protocols.includes('tcp')) {
    return [{ path, message: `must be a tcp port: write '${port}/tcp' in ports, or check it by http` }];
  }
  return [];
}
