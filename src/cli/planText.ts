import { formatDuration } from '../model';
import type { ExcludedOffer, Plan, PlannedOffer } from '../model';
import { fields, formatHourlyPrice, table } from './text';

/** What `podkeeper plan` prints: one offer in full, several as a table, and what is left out. */
export function planText(plan: Plan): string {
  const [only] = plan.offers;
  const offers = only !== undefined && plan.offers.length === 1 ? offerText(only, plan) : offersText(plan);
  return plan.out.length === 0 ? offers : `${offers}\nleft out:\n${plan.out.map(exclusionText).join('')}`;
}

function offerText(offer: PlannedOffer, plan: Plan): string {
  return fields([
    ['provider', `${offer.provider} (account ${offer.account})`],
    ['gpu', offer.gpu === null ? null : gpuText(offer)],
    ['stock', offer.stock],
    ['regions', offer.regions.length === 0 ? null : offer.regions.join(', ')],
    ['price', offer.hourlyPrice === null ? 'unknown until the pod is created' : formatHourlyPrice(offer.hourlyPrice)],
    ...limits(plan),
    ['obstacles', offer.obstacles.length === 0 ? null : offer.obstacles.join('\n')],
  ]);
}

function offersText(plan: Plan): string {
  const rows = plan.offers.map((offer, index) => [
    String(index + 1),
    `${offer.provider} (${offer.account})`,
    offer.gpu === null ? '-' : gpuText(offer),
    `${offer.cloudType}${offer.spot ? ', spot' : ''}`,
    offer.regions.length === 0 ? '-' : offer.regions.join(', '),
    offer.stock ?? '-',
    offer.hourlyPrice === null ? 'unknown' : formatHourlyPrice(offer.hourlyPrice),
    offer.atMost === null ? '-' : dollars(offer.atMost),
    offer.obstacles.join('; '),
  ]);
  const heading = ['', 'PROVIDER', 'GPU', 'CLOUD', 'REGIONS', 'STOCK', 'PRICE', 'AT MOST', 'OBSTACLES'];
  return `${table([heading, ...rows])}\n${fields(limits(plan))}`;
}

function limits(plan: Plan): [name: string, value: string | null][] {
  return [
    ['ends', `after ${formatDuration(plan.maxLifetimeMs)} at the latest${idleText(plan)}`],
    ['costs', plan.atMost === null ? null : `at most ${dollars(plan.atMost)} at this price`],
  ];
}

function exclusionText({ provider, account, candidate, reason }: ExcludedOffer): string {
  const place = [account, account === null ? provider : provider && `(${provider})`].filter((part) => part !== null);
  const on = place.length === 0 ? '' : ` on ${place.join(' ')}`;
  return `  ${candidate === null ? 'the spec' : `candidates[${candidate}]`}${on}: ${reason}\n`;
}

function gpuText({ gpu, gpuCount }: PlannedOffer): string {
  return `${gpuCount} × ${gpu}`;
}

function idleText({ idleTimeoutMs }: Plan): string {
  return idleTimeoutMs === null ? '' : `, or after ${formatDuration(idleTimeoutMs)} without a touch`;
}

/** In whole cents, rounded up. */
function dollars(amount: number): string {
  return `$${(Math.ceil(amount * 100) / 100).toFixed(2)}`;
}
