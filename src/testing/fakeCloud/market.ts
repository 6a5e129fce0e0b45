import type { MarketGpu, MarketOffer } from '../../simulator';

/** A GPU type, with fields that the simulated market doesn't have. */
export interface FakeGpu {
  id: string;
  name: string;
  /** The serverless pool; `null` for none. */
  pool: string | null;
  memoryGiB: number;
  /** USD per hour for one GPU; `null` if it isn't offered. */
  secure: number | null;
  community: number | null;
}

/** A CPU flavour. In the simulated market each vCPU is sold like a GPU, so that the price depends on their number. */
export interface FakeCpu {
  id: string;
  name: string;
  group: string;
  ramGbPerVcpu: number;
  /** USD per hour for one vCPU. */
  perVcpu: number;
  mostVcpus: number;
}

export interface FakeDataCenter {
  id: string;
  name: string;
  region: string;
  globalNetwork: boolean;
}

/** RunPod's ids and pools (REST v1 and v2 OpenAPI, snapshot 2026-08-20). Prices are approximate. */
export const FAKE_GPUS: readonly FakeGpu[] = [
  gpu('NVIDIA B200', 'B200', 'BLACKWELL_180', 180, 5.98, null),
  gpu('NVIDIA H200', 'H200 SXM', 'HOPPER_141', 141, 3.99, 3.59),
  gpu('NVIDIA H100 80GB HBM3', 'H100 SXM', 'ADA_80_PRO', 80, 2.99, 2.69),
  gpu('NVIDIA H100 PCIe', 'H100 PCIe', 'ADA_80_PRO', 80, 2.39, 1.99),
  gpu('NVIDIA H100 NVL', 'H100 NVL', 'ADA_80_PRO', 94, 2.79, 2.59),
  gpu('NVIDIA A100-SXM4-80GB', 'A100 SXM', 'AMPERE_80', 80, 1.89, 1.59),
  gpu('NVIDIA A100 80GB PCIe', 'A100 PCIe', 'AMPERE_80', 80, 1.64, 1.19),
  gpu('NVIDIA RTX PRO 6000 Blackwell Server Edition', 'RTX PRO 6000', 'BLACKWELL_96', 96, 1.79, 1.69),
  gpu('NVIDIA L40S', 'L40S', 'ADA_48_PRO', 48, 0.86, 0.79),
  gpu('NVIDIA L40', 'L40', 'ADA_48_PRO', 48, 0.99, 0.69),
  gpu('NVIDIA RTX 6000 Ada Generation', 'RTX 6000 Ada', 'ADA_48_PRO', 48, 0.77, 0.74),
  gpu('NVIDIA A40', 'A40', 'AMPERE_48', 48, 0.4, 0.35),
  gpu('NVIDIA RTX A6000', 'RTX A6000', 'AMPERE_48', 48, 0.49, 0.33),
  gpu('NVIDIA GeForce RTX 5090', 'RTX 5090', 'ADA_32_PRO', 32, 0.94, 0.69),
  gpu('NVIDIA GeForce RTX 4090', 'RTX 4090', 'ADA_24', 24, 0.69, 0.34),
  gpu('NVIDIA GeForce RTX 3090', 'RTX 3090', 'AMPERE_24', 24, 0.46, 0.22),
  gpu('NVIDIA RTX A5000', 'RTX A5000', 'AMPERE_24', 24, 0.27, 0.16),
  gpu('NVIDIA L4', 'L4', 'AMPERE_24', 24, 0.39, null),
  gpu('NVIDIA RTX A4500', 'RTX A4500', 'AMPERE_16', 20, 0.25, 0.19),
  gpu('NVIDIA RTX 4000 Ada Generation', 'RTX 4000 Ada', 'AMPERE_16', 20, 0.26, 0.2),
  gpu('NVIDIA RTX A4000', 'RTX A4000', 'AMPERE_16', 16, 0.25, 0.17),
  gpu('NVIDIA RTX 2000 Ada Generation', 'RTX 2000 Ada', 'AMPERE_16', 16, 0.24, null),
  gpu('AMD Instinct MI300X OAM', 'MI300X', null, 192, 2.49, null),
];

/** The CPU flavours; secure cloud only. */
export const FAKE_CPUS: readonly FakeCpu[] = [
  cpu('cpu3c', 'Compute-Optimized', 'Gen 3', 2, 0.03),
  cpu('cpu3g', 'General Purpose', 'Gen 3', 4, 0.04),
  cpu('cpu3m', 'Memory-Optimized', 'Gen 3', 8, 0.055),
  cpu('cpu5c', 'Compute-Optimized', 'Gen 5', 2, 0.035),
  cpu('cpu5g', 'General Purpose', 'Gen 5', 4, 0.0475),
  cpu('cpu5m', 'Memory-Optimized', 'Gen 5', 8, 0.065),
];

export const FAKE_DATA_CENTERS: readonly FakeDataCenter[] = [
  { id: 'US-KS-2', name: 'US Kansas 2', region: 'NORTH_AMERICA', globalNetwork: true },
  { id: 'US-CA-2', name: 'US California 2', region: 'NORTH_AMERICA', globalNetwork: true },
  { id: 'CA-MTL-1', name: 'Canada Montreal 1', region: 'NORTH_AMERICA', globalNetwork: false },
  { id: 'EU-RO-1', name: 'Romania 1', region: 'EUROPE', globalNetwork: true },
  { id: 'EU-SE-1', name: 'Sweden 1', region: 'EUROPE', globalNetwork: false },
  { id: 'AP-JP-1', name: 'Japan 1', region: 'ASIA', globalNetwork: false },
];

/** Maximum number of GPUs per machine. */
export const MAX_GPUS = { secure: 8, community: 4 } as const;

/** {@link FAKE_GPUS} and {@link FAKE_CPUS} in every data centre, with unlimited stock. */
export function fakeMarket(): MarketGpu[] {
  return [
    ...FAKE_GPUS.map(({ id, name, memoryGiB, secure, community }) => ({
      id,
      displayName: name,
      memoryGiB,
      offers: [...everywhere('secure', secure), ...everywhere('community', community)],
    })),
    ...FAKE_CPUS.map(({ id, name, perVcpu }) => ({ id, displayName: name, offers: everywhere('secure', perVcpu) })),
  ];
}

function everywhere(cloudType: 'secure' | 'community', hourlyPrice: number | null): MarketOffer[] {
  return hourlyPrice === null ? [] : FAKE_DATA_CENTERS.map(({ id: region }) => ({ region, cloudType, hourlyPrice }));
}

function gpu(
  id: string,
  name: string,
  pool: string | null,
  memoryGiB: number,
  secure: number | null,
  community: number | null,
): FakeGpu {
  return { id, name, pool, memoryGiB, secure, community };
}

function cpu(id: string, name: string, group: string, ramGbPerVcpu: number, perVcpu: number): FakeCpu {
  return { id, name, group, ramGbPerVcpu, perVcpu, mostVcpus: 32 };
}
