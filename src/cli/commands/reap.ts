import type { Command } from 'commander';
import { PodkeeperError } from '../../model';
import type { Settings, SweepResult } from '../../model';
import { accountsWithReaper, dryRun, readReaper, sweepNow } from '../../reaper';
import { openSession } from '../connection';
import type { Session } from '../connection';
import { EXIT_CODES } from '../exitCodes';
import { reportFailure } from '../failure';
import type { FailureReport } from '../failure';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { dryRunText, shortcomingOf, sweepText } from '../sweepText';

interface ReapOptions extends SharedOptions {
  account?: string[];
  dryRun?: boolean;
}

/** What became of the sweep of one account. */
export type ReapedAccount =
  | {
      account: string;
      dryRun: boolean;
      /** Its list may be from before the command. */
      joined: boolean;
      result: SweepResult;
      settings: Settings;
    }
  | { account: string; error: FailureReport };

/** `podkeeper reap`: lets the reaper sweep out of turn, or shows what it would judge. */
export function reapCommand(surroundings: CommandSurroundings): Command {
  return command('reap', 'let the reaper sweep now, and show what it saw and did', {
    json: 'print one JSON document, a list of accounts',
    examples: [
      ['podkeeper reap --dry-run', 'every pod of each account, with verdict and evidence; ends none'],
      ['podkeeper reap --account main', 'lets the reaper sweep one account now, and waits for what it did'],
    ],
  })
    .option('--account <name...>', 'only these accounts (default: all that have a reaper)')
    .option('--dry-run', 'judge every pod and end none')
    .action((options: ReapOptions) => reap(options, surroundings));
}

async function reap(options: ReapOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await openSession(options, surroundings);
  const accounts = options.account ?? (await accountsOf(session, options.dryRun === true));
  const reaped = await Promise.all(
    [...new Set(accounts)].map(async (account): Promise<ReapedAccount> => {
      try {
        return await sweep(account, session, options.dryRun === true, output);
      } catch (error) {
        return { account, error: reportFailure(error) };
      }
    }),
  );
  output.result(reaped, () => reaped.flatMap((each) => ('error' in each ? [] : [textOf(each)])).join('\n'));
  const shortcomings = reaped.flatMap((each) => shortcomingsOf(each));
  for (const { message } of shortcomings) output.say(`podkeeper: ${message}`);
  // Not thrown: what the others saw is the answer, and the only document.
  if (shortcomings[0] !== undefined) surroundings.setExitCode(shortcomings[0].exitCode);
}

/** A schedule that was just made may not be listed yet; the configuration tells where to look. */
async function accountsOf({ client, target }: Session, isDryRun: boolean): Promise<string[]> {
  const { deployment, accounts } = target.configuration;
  const listed = await accountsWithReaper(client, deployment);
  const configured = Object.keys(accounts).filter((account) => !listed.includes(account));
  if (isDryRun && listed.length === 0) return configured;
  const states = await Promise.all(configured.map((account) => readReaper(client, { deployment, account })));
  const found = [...listed, ...configured.filter((_, index) => states[index] !== null)];
  if (found.length > 0) return found;
  throw new PodkeeperError(
    'not_found',
    `deployment ${deployment} has no reaper: a worker installs one for each of its accounts when it starts, unless it is told reaper: false. Start one with 'podkeeper worker --deployment ${deployment}'`,
  );
}

async function sweep(account: string, session: Session, isDryRun: boolean, output: Output): Promise<ReapedAccount> {
  const { client, target } = session;
  const { deployment, settings } = target.configuration;
  const reaper = { deployment, account };
  if (!isDryRun) {
    const onJoin = () => output.say(`account ${account}: a sweep is under way; waiting for what it comes to`);
    return { ...(await sweepNow(client, reaper, onJoin)), dryRun: false };
  }
  // By the settings of the workers, which may be others than those of this machine.
  const used = (await readReaper(client, reaper))?.settings ?? settings;
  return { account, dryRun: true, joined: false, settings: used, result: await dryRun(client, reaper, used) };
}

function textOf(reaped: Exclude<ReapedAccount, { error: FailureReport }>): string {
  return reaped.dryRun ? dryRunText(reaped.result) : sweepText(reaped.result, reaped.settings, Date.now());
}

function shortcomingsOf(reaped: ReapedAccount): { message: string; exitCode: number }[] {
  if ('error' in reaped) return [reaped.error];
  const message = shortcomingOf(reaped.result);
  return message === null ? [] : [{ message, exitCode: EXIT_CODES.failed.code }];
}
