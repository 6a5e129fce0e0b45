import { parsePodName } from '../model';
import { podMembers, processTable } from '../providers/local/processes';

/** A local pod that lives, and its processes. */
export interface LivingPod {
  name: string;
  pids: number[];
}

/** The local pods of a deployment that have processes on this machine, by their markers alone. */
export async function livingPods(deployment: string): Promise<LivingPod[]> {
  const members = podMembers((await processTable()?.scan()) ?? []);
  return [...members]
    .filter(([name]) => parsePodName(name)?.deployment === deployment)
    .map(([name, processes]) => ({ name, pids: processes.map(({ pid }) => pid) }));
}
