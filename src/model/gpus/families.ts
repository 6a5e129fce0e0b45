import type { GpuFamily } from './gpuModel';

/** Names that leave the form open. On RunPod, the first model is the one that RunPod users usually mean by the name. */
export const GPU_FAMILIES: readonly GpuFamily[] = [
  { name: 'h100', displayName: 'H100 80 GB', members: ['h100_sxm', 'h100_pcie'] },
  { name: 'a100_80g', displayName: 'A100 80 GB', members: ['a100_pcie_80g', 'a100_sxm_80g'] },
  { name: 'a100_40g', displayName: 'A100 40 GB', members: ['a100_sxm_40g', 'a100_pcie_40g'] },
  {
    name: 'rtx_pro_6000',
    displayName: 'RTX PRO 6000',
    members: ['rtx_pro_6000_server', 'rtx_pro_6000_workstation'],
  },
];
