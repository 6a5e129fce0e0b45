import type { Command } from 'commander';
import type { GpuCatalogue } from '../../model/gpus';
import type { GpuType } from '../../providers/contract';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { CALL_TIMEOUT_MS, lacking, withProviderAccount } from '../providerAccount';
import { table } from '../text';

interface GpusOptions extends SharedOptions {
  provider?: string;
  account?: string;
  gpu?: string;
  all?: boolean;
}

/** `podkeeper gpus`: what a provider offers now. */
export function gpusCommand(surroundings: CommandSurroundings): Command {
  return command('gpus', "list a provider's GPUs in stock with current prices, the cheapest first", {
    json: 'print one JSON document',
    examples: [['podkeeper gpus --provider runpod --gpu h100 --all', 'every H100']],
  })
    .option('--provider <name>', 'the provider')
    .option('--account <name>', 'a configured account')
    .option('--gpu <name>', "only this GPU, or part of the provider's own name")
    .option('--all', 'also show what is out of stock')
    .action((options: GpusOptions) => gpus(options, surroundings));
}

async function gpus(options: GpusOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const { types, catalogue } = await withProviderAccount(options, surroundings, async (account) => {
    const { provider } = account;
    if (provider.listGpuTypes === undefined) throw lacking(account, 'listing GPU types');
    output.status(`asking ${provider.name}`);
    const listed = await provider.listGpuTypes({ signal: AbortSignal.timeout(CALL_TIMEOUT_MS) });
    return { types: listed, catalogue: account.gpus };
  });
  const wanted = types.filter((type) => options.gpu === undefined || isWanted(type, options.gpu, catalogue));
  const shown = wanted.filter(({ stock }) => options.all === true || stock !== 'unavailable').sort(byPrice);
  if (shown.length === 0) output.say(nothingToShow(wanted.length, options.gpu));
  else if (wanted.length > shown.length)
    output.say(`${wanted.length - shown.length} out of stock: add --all to show them`);
  output.result(shown, () => (shown.length === 0 ? '' : gpuTable(shown)));
}

function isWanted(type: GpuType, gpu: string, catalogue: GpuCatalogue): boolean {
  const models = catalogue.find(gpu);
  if (type.canonical !== null && models.some(({ name }) => name === type.canonical)) return true;
  return [type.id, type.displayName].some((text) => text.toLowerCase().includes(gpu.toLowerCase()));
}

function nothingToShow(outOfStock: number, gpu: string | undefined): string {
  const what = gpu === undefined ? 'GPUs' : `GPUs called ${gpu}`;
  return outOfStock === 0 ? `the provider offers no ${what}` : `all ${what} are out of stock: add --all to show them`;
}

function byPrice(left: GpuType, right: GpuType): number {
  return (left.hourlyPrice ?? Infinity) - (right.hourlyPrice ?? Infinity) || left.id.localeCompare(right.id);
}

/** Formats GPU types as a table. */
function gpuTable(types: readonly GpuType[]): string {
  const heading = ['GPU', 'GIB', '$/H', 'SECURE', 'COMMUNITY', 'STOCK', 'REGIONS', "PROVIDER'S NAME"];
  return table([heading, ...types.map(row)]);
}

function row(type: GpuType): string[] {
  const offered = (cloudType: 'secure' | 'community') =>
    price(type.offers?.find((offer) => offer.cloudType === cloudType)?.hourlyPrice ?? null);
  return [
    type.canonical ?? '-',
    type.memoryGiB === null ? '-' : String(type.memoryGiB),
    price(type.hourlyPrice),
    offered('secure'),
    offered('community'),
    type.stock,
    type.regions.length === 0 ? '-' : type.regions.join(' '),
    type.id,
  ];
}

function price(amount: number | null): string {
  return amount === null ? '-' : amount.toFixed(2);
}
