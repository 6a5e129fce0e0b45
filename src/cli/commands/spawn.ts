import type { Command } from 'commander';
import type { PodHandle, PodInfo } from '../../client';
import { absentWorker } from '../../client/absentWorkers';
import { openSession } from '../session';
import type { Session } from '../session';
import { Interrupted } from '../failure';
import { ClaimFollower } from '../follow';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { readSpec, SPEC_ARGUMENT, withSpecOptions } from '../readSpec';
import type { SpecOptions } from '../readSpec';
import { untilStopSignal } from '../signals';
import { refuseUnrentable, requireHealthy } from '../spawning';

interface SpawnOptions extends SharedOptions, SpecOptions {
  wait?: boolean;
}

/** `podkeeper spawn`: claims a pod. */
export function spawnCommand(surroundings: CommandSurroundings): Command {
  const spawning = command('spawn', "claim a pod and print the claim's id", {
    json: 'print one JSON document',
    examples: [
      ['podkeeper spawn pod.yaml --id render-42 --wait', 'prints id and URL once it is healthy'],
      ['podkeeper spawn pod.yaml --set maxLifetime=1h --set env.MODE=fast', 'changes fields'],
      ['podkeeper spawn - --label run=7 < pod.yaml', 'reads stdin'],
    ],
  })
    .argument(...SPEC_ARGUMENT)
    .option('--id <id>', "the claim's id; the same id is the same pod (default: the file's, or a random one)")
    .option('--wait', 'wait until the pod is healthy, and print its endpoints');
  return withSpecOptions(spawning).action((file: string, options: SpawnOptions) => spawn(file, options, surroundings));
}

async function spawn(file: string, options: SpawnOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const spec = readSpec(file, options, surroundings.env);
  const session = await openSession(options, surroundings);
  await refuseUnrentable(spec, session.podkeeper);
  const pod = await session.podkeeper.spawn(spec);
  if (options.wait === true) return await printHealthy(pod, session, output);
  const absent = await absentWorker(session.client, { deployment: session.podkeeper.deployment });
  if (absent !== undefined) output.say(`${absent}. The claim waits for a worker`);
  output.result({ id: pod.id, workflowId: pod.workflowId }, () => pod.id);
}

async function printHealthy(pod: PodHandle, session: Session, output: Output): Promise<void> {
  const stays = (signal: NodeJS.Signals) =>
    new Interrupted(signal, `stopped waiting; the claim keeps running. End it with 'podkeeper terminate ${pod.id}'`);
  const until = ({ claim }: PodInfo) => claim?.phase === 'healthy' || claim?.end != null;
  const follower = new ClaimFollower(pod, session, output);
  const info = await untilStopSignal(stays, (signal) => follower.follow({ signal, until }));
  const healthy = await requireHealthy(pod, info);
  output.result({ id: pod.id, workflowId: pod.workflowId, pod: healthy }, () =>
    [pod.id, ...healthy.endpoints.map(({ url }) => url)].join('\n'),
  );
}
