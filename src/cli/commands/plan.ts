import type { Command } from 'commander';
import { openSession } from '../session';
import { EXIT_CODES } from '../exitCodes';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { readSpec, SPEC_ARGUMENT, withSpecOptions } from '../readSpec';
import type { SpecOptions } from '../readSpec';
import { planText } from '../planText';

interface PlanOptions extends SharedOptions, SpecOptions {}

/** `podkeeper plan`: what a spec would rent, where and at what price, or why it can't be rented. Rents nothing. */
export function planCommand(surroundings: CommandSurroundings): Command {
  const planning = command('plan', 'show what a spec would rent, where and at what price; rents nothing', {
    json: 'print one JSON document',
    examples: [['podkeeper plan pod.yaml --set gpu=l4', "what it would rent with another GPU, or why it can't"]],
  }).argument(...SPEC_ARGUMENT);
  return withSpecOptions(planning).action((file: string, options: PlanOptions) => plan(file, options, surroundings));
}

async function plan(file: string, options: PlanOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const spec = readSpec(file, options, surroundings.env);
  const session = await openSession(options, surroundings);
  const made = await session.podkeeper.plan(spec);
  output.result(made, () => planText(made));
  const blocked = made.offers.filter(({ obstacles }) => obstacles.length > 0);
  if (blocked.length < made.offers.length) return;
  const reasons = made.offers.length === 1 ? `: ${made.offers[0]?.obstacles.join('; ')}` : ' from any of its offers';
  // Not thrown: the plan itself is the one JSON document.
  output.say(`podkeeper: this spec can't be rented now${reasons}`);
  surroundings.setExitCode(EXIT_CODES.failed.code);
}
