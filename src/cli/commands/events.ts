import type { Command } from 'commander';
import type { PodHandle } from '../../client';
import { unansweredMessage } from '../../client/absentWorkers';
import type { ClaimEvent } from '../../model';
import { openSession } from '../session';
import type { Session } from '../session';
import { CliFailure, Interrupted } from '../failure';
import { command, wholeNumber } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { untilStopSignal } from '../signals';
import { formatMoment } from '../text';

interface EventsOptions extends SharedOptions {
  follow?: boolean;
  after: number;
}

/** `podkeeper events`: a claim's event log. */
export function eventsCommand(surroundings: CommandSurroundings): Command {
  return command('events', "show a claim's newest events, at most 50", {
    json: 'print JSON lines',
    examples: [['podkeeper events render-42 --after 12 --json', 'resumes after event 12']],
  })
    .argument('<id>', "the claim's id")
    .option('-f, --follow', 'wait for new events until the claim has ended')
    .option(
      '--after <sequence>',
      'only events after this number, to resume',
      (text) => wholeNumber(text, 0, Number.MAX_SAFE_INTEGER, 'an event number: a whole number, 0 or more'),
      0,
    )
    .action((id: string, options: EventsOptions) => events(id, options, surroundings));
}

async function events(id: string, options: EventsOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const print = (event: ClaimEvent) => output.entry(event, () => eventText(event));
  const session = await openSession(options, surroundings);
  const { podkeeper } = session;
  const pod = podkeeper.get(id);
  if (options.follow !== true) {
    for (const event of await eventsSoFar(pod, session)) if (event.sequence > options.after) print(event);
    return;
  }
  const stopped = (signal: NodeJS.Signals) => new Interrupted(signal, 'stopped following; the claim keeps running');
  await untilStopSignal(
    stopped,
    async (signal) => {
      for await (const event of pod.events({ after: options.after, signal })) print(event);
    },
    output.readerGone,
  );
}

async function eventsSoFar(pod: PodHandle, { client, podkeeper }: Session): Promise<ClaimEvent[]> {
  const { isOpen, claim } = await pod.info();
  if (!isOpen) return (await pod.result()).events;
  if (claim === null) throw new CliFailure('unreachable', await unansweredMessage(client, podkeeper));
  return claim.events;
}

function eventText({ sequence, at, type, message }: ClaimEvent): string {
  return `${String(sequence).padStart(4)}  ${formatMoment(at)}  ${type.padEnd(18)}  ${message}`;
}
