import type { Command } from 'commander';
import { PodkeeperError } from '../../model';
import type { Settings, SweepResult } from '../../model';
import { openSession } from '../session';
import type { Session } from '../session';
import { EXIT_CODES } from '../exitCodes';
import { reportFailure } from '../failure';
import type { FailureReport } from '../failure';
import { loadReaper } from '../onDemand';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { dryRunText, problemOf, sweepText } from '../sweepText';

interface ReapOptions extends SharedOptions {
  account?: string[];
  dryRun?: boolean;
}

/** The outcome of one account's sweep. */
export type ReapedAccount =
  | {
      account: string;
      dryRun: boolean;
      /** Whether the sweep was already running, so its list may be older than this command. */
      joined: boolean;
      result: SweepResult;
      settings: Settings;
    }
  | { account: string; error: FailureReport };

/** `podkeeper reap`: starts a sweep now, or shows its verdicts without ending anything. */
export function reapCommand(surroundings: CommandSurroundings): Command {
  return command('reap', 'sweep now, and show what the reaper saw and did', {
    json: 'print one JSON document',
    examples: [['podkeeper reap --dry-run', 'ends none']],
  })
    .option('--account <name...>', 'only these accounts (default: all with a reaper)')
    .option('--dry-run', 'show the verdict for every pod, and end none')
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
  const problems = reaped.flatMap((each) => problemsOf(each));
  for (const { message } of problems) output.say(`podkeeper: ${message}`);
  // Not thrown: the other accounts' results are the one JSON document.
  if (problems[0] !== undefined) surroundings.setExitCode(problems[0].exitCode);
}

/** Temporal may not list a new schedule yet, so also look up the configured accounts. */
async function accountsOf({ client, target }: Session, isDryRun: boolean): Promise<string[]> {
  const { accountsWithReaper, readReaper } = loadReaper();
  const { deployment, accounts } = target.configuration;
  const listed = await accountsWithReaper(client, deployment);
  const configured = Object.keys(accounts).filter((account) => !listed.includes(account));
  if (isDryRun && listed.length === 0) return configured;
  const states = await Promise.all(configured.map((account) => readReaper(client, { deployment, account })));
  const found = [...listed, ...configured.filter((_, index) => states[index] !== null)];
  if (found.length > 0) return found;
  throw new PodkeeperError(
    'not_found',
    `deployment ${deployment} has no reaper. A worker installs one for each account when it starts, unless it has reaper: false. Start one with 'podkeeper worker --deployment ${deployment}'`,
  );
}

async function sweep(account: string, session: Session, isDryRun: boolean, output: Output): Promise<ReapedAccount> {
  const { dryRun, readReaper, sweepNow } = loadReaper();
  const { client, target } = session;
  const { deployment, settings } = target.configuration;
  const reaper = { deployment, account };
  if (!isDryRun) {
    const onJoin = () => output.say(`account ${account}: a sweep is already running; waiting for its result`);
    return { ...(await sweepNow(client, reaper, onJoin)), dryRun: false };
  }
  // Use the workers' settings, which may differ from this machine's.
  const used = (await readReaper(client, reaper))?.settings ?? settings;
  return { account, dryRun: true, joined: false, settings: used, result: await dryRun(client, reaper, used) };
}

function textOf(reaped: Exclude<ReapedAccount, { error: FailureReport }>): string {
  return reaped.dryRun ? dryRunText(reaped.result) : sweepText(reaped.result, reaped.settings, Date.now());
}

function problemsOf(reaped: ReapedAccount): { message: string; exitCode: number }[] {
  if ('error' in reaped) return [reaped.error];
  const message = problemOf(reaped.result);
  return message === null ? [] : [{ message, exitCode: EXIT_CODES.failed.code }];
}
