import type { Command } from 'commander';
import { gpuIdOf } from '../../model/gpus';
import { formatDuration, isPodkeeperError, messageOf } from '../../model';
import type { PodSpec } from '../../model';
import { requireSupported } from '../../providers/capabilities';
import type { GpuType, Provider } from '../../providers/contract';
import { parsePodSpec } from '../../schema';
import { EXIT_CODES } from '../exitCodes';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { CALL_TIMEOUT_MS, withProviderAccount } from '../providerAccount';
import type { ProviderAccount } from '../providerAccount';
import { readSpec, SPEC_ARGUMENT, withSpecOptions } from '../readSpec';
import type { SpecOptions } from '../readSpec';
import { fields, formatHourlyPrice } from '../text';

interface PlanOptions extends SharedOptions, SpecOptions {}

/** What a claim of a spec would come to, as far as it can be told before. */
export interface Plan {
  provider: string;
  account: string;
  gpu: string | null;
  gpuCount: number;
  stock: GpuType['stock'] | null;
  regions: string[];
  /** USD per hour, for the whole pod; `null` where the provider states none before the create. */
  hourlyPrice: number | null;
  maxHourlyPrice: number | null;
  maxLifetimeMs: number;
  idleTimeoutMs: number | null;
  /** USD: the price over the whole lifetime. */
  atMost: number | null;
  /** Why a claim would be refused now; empty when none is known. */
  obstacles: string[];
}

/** `podkeeper plan`: what would be rented, where, at which price, or why not. Spends nothing. */
export function planCommand(surroundings: CommandSurroundings): Command {
  const planning = command(
    'plan',
    'show what a spec would rent, where and at which price, or why not; nothing is rented',
    {
      json: 'print one JSON document',
      examples: [
        ['podkeeper plan pod.yaml', 'what it would rent, or why not'],
        ['podkeeper plan pod.yaml --set gpu=l4', 'the same with another GPU'],
      ],
    },
  ).argument(...SPEC_ARGUMENT);
  return withSpecOptions(planning, 'gpu=l4').action((file: string, options: PlanOptions) =>
    plan(file, options, surroundings),
  );
}

async function plan(file: string, options: PlanOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { spec } = parsePodSpec(readSpec(file, options, surroundings.env));
  const { provider, account } = spec;
  const which = {
    ...options,
    saidBy: 'spec' as const,
    ...(provider === null ? {} : { provider }),
    ...(account === null ? {} : { account }),
  };
  const made = await withProviderAccount(which, surroundings, (asked) => planWith(asked, spec));
  output.result(made, () => planText(made));
  if (made.obstacles.length === 0) return;
  // Not thrown: the plan is the answer, and the only document.
  output.say(`podkeeper: can't be rented now: ${made.obstacles.join('; ')}`);
  surroundings.setExitCode(EXIT_CODES.failed.code);
}

/** Asks the provider only for what it offers. */
export async function planWith({ name, provider, gpus, settings }: ProviderAccount, spec: PodSpec): Promise<Plan> {
  const maxLifetimeMs = spec.maxLifetimeMs ?? settings.maxLifetimeMs;
  const obstacles = refusalsOf(spec, provider);
  const gpu = obstacles.length > 0 || spec.gpu === null ? null : gpuIdOf(spec.gpu, provider.name, spec.gpuCount, gpus);
  const type = gpu === null ? undefined : await typeOf(gpu, provider, obstacles);
  const hourlyPrice = type === undefined ? null : priceOf(type, spec);
  if (type !== undefined) obstacles.push(...shortagesOf(type, spec, hourlyPrice));
  return {
    provider: provider.name,
    account: name,
    gpu,
    gpuCount: spec.gpu === null ? 0 : spec.gpuCount,
    stock: type?.stock ?? null,
    regions: type === undefined ? spec.regions : regionsOf(type, spec),
    hourlyPrice,
    maxHourlyPrice: spec.maxHourlyPrice,
    maxLifetimeMs,
    idleTimeoutMs: spec.idleTimeoutMs,
    atMost: hourlyPrice === null ? null : (hourlyPrice * maxLifetimeMs) / 3_600_000,
    obstacles,
  };
}

function refusalsOf(spec: PodSpec, provider: Provider): string[] {
  try {
    requireSupported(spec, provider);
    provider.check?.(spec);
    return [];
  } catch (error) {
    if (isPodkeeperError(error)) return [error.message];
    throw error;
  }
}

async function typeOf(gpu: string, provider: Provider, obstacles: string[]): Promise<GpuType | undefined> {
  if (provider.listGpuTypes === undefined) return undefined;
  try {
    const types = await provider.listGpuTypes({ signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    const type = types.find(({ id }) => id === gpu);
    if (type === undefined) obstacles.push(`gpu: ${provider.name} lists no ${gpu} at this moment`);
    return type;
  } catch (error) {
    obstacles.push(`the offers can't be read: ${messageOf(error)}`);
    return undefined;
  }
}

function offersOf(type: GpuType, { cloudType }: PodSpec): NonNullable<GpuType['offers']> {
  return (type.offers ?? []).filter((offer) => cloudType === 'any' || offer.cloudType === cloudType);
}

/** The dearest that fits: who plans would rather be surprised by a bill that is lower. */
function priceOf(type: GpuType, spec: PodSpec): number | null {
  const prices = offersOf(type, spec).map(({ hourlyPrice }) => hourlyPrice);
  const known = prices.filter((price) => price !== null);
  const one = known.length > 0 ? Math.max(...known) : spec.spot ? type.spotHourlyPrice : type.hourlyPrice;
  return one === null ? null : one * spec.gpuCount;
}

function regionsOf(type: GpuType, spec: PodSpec): string[] {
  if (spec.regions.length === 0) return type.regions;
  const wanted = spec.regions.map((region) => region.toLowerCase());
  return type.regions.filter((region) => wanted.includes(region.toLowerCase()));
}

function shortagesOf(type: GpuType, spec: PodSpec, hourlyPrice: number | null): string[] {
  const shortages: string[] = [];
  if (type.stock === 'unavailable') shortages.push(`gpu: ${type.id} is out of stock`);
  const offers = offersOf(type, spec);
  if (type.offers !== undefined && offers.length === 0) {
    shortages.push(`cloudType: ${type.id} is not offered in the ${spec.cloudType} cloud`);
  }
  if (offers.length > 0 && offers.every(({ maxCount }) => maxCount !== null && maxCount < spec.gpuCount)) {
    shortages.push(`gpuCount: no machine has ${spec.gpuCount} of ${type.id}`);
  }
  if (type.stock !== 'unavailable' && spec.regions.length > 0 && regionsOf(type, spec).length === 0) {
    shortages.push(
      `regions: ${type.id} is offered in ${type.regions.join(', ') || 'no region'}, not in ${spec.regions.join(', ')}`,
    );
  }
  if (hourlyPrice !== null && spec.maxHourlyPrice !== null && hourlyPrice > spec.maxHourlyPrice) {
    shortages.push(`maxHourlyPrice: it costs ${formatHourlyPrice(hourlyPrice)}, more than $${spec.maxHourlyPrice}/h`);
  }
  return shortages;
}

function planText(plan: Plan): string {
  return fields([
    ['provider', `${plan.provider} (account ${plan.account})`],
    ['gpu', plan.gpu === null ? null : `${plan.gpuCount} × ${plan.gpu}`],
    ['stock', plan.stock],
    ['regions', plan.regions.length === 0 ? null : plan.regions.join(', ')],
    ['price', plan.hourlyPrice === null ? 'not stated before the create' : formatHourlyPrice(plan.hourlyPrice)],
    ['ends', `after ${formatDuration(plan.maxLifetimeMs)} at the latest${idleText(plan)}`],
    [
      'costs',
      plan.atMost === null ? null : `at most $${(Math.ceil(plan.atMost * 100) / 100).toFixed(2)}, at this price`,
    ],
    ['obstacles', plan.obstacles.length === 0 ? null : plan.obstacles.join('\n')],
  ]);
}

function idleText({ idleTimeoutMs }: Plan): string {
  return idleTimeoutMs === null ? '' : `, or when nobody touches it for ${formatDuration(idleTimeoutMs)}`;
}
