import type { Command } from 'commander';
import { formatDuration } from '../../model';
import type { Plan } from '../../model';
import { openSession } from '../session';
import { EXIT_CODES } from '../exitCodes';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { readSpec, SPEC_ARGUMENT, withSpecOptions } from '../readSpec';
import type { SpecOptions } from '../readSpec';
import { fields, formatHourlyPrice } from '../text';

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
  if (made.obstacles.length === 0) return;
  // Not thrown: the plan itself is the one JSON document.
  output.say(`podkeeper: this spec can't be rented now: ${made.obstacles.join('; ')}`);
  surroundings.setExitCode(EXIT_CODES.failed.code);
}

function planText(plan: Plan): string {
  return fields([
    ['provider', `${plan.provider} (account ${plan.account})`],
    ['gpu', plan.gpu === null ? null : `${plan.gpuCount} × ${plan.gpu}`],
    ['stock', plan.stock],
    ['regions', plan.regions.length === 0 ? null : plan.regions.join(', ')],
    ['price', plan.hourlyPrice === null ? 'unknown until the pod is created' : formatHourlyPrice(plan.hourlyPrice)],
    ['ends', `after ${formatDuration(plan.maxLifetimeMs)} at the latest${idleText(plan)}`],
    [
      'costs',
      plan.atMost === null ? null : `at most $${(Math.ceil(plan.atMost * 100) / 100).toFixed(2)} at this price`,
    ],
    ['obstacles', plan.obstacles.length === 0 ? null : plan.obstacles.join('\n')],
  ]);
}

function idleText({ idleTimeoutMs }: Plan): string {
  return idleTimeoutMs === null ? '' : `, or after ${formatDuration(idleTimeoutMs)} without a touch`;
}
