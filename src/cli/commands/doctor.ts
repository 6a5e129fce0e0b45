import { hostname } from 'node:os';
import { isDeepStrictEqual } from 'node:util';
import type { Command } from 'commander';
import type { Finding } from '../../doctor';
import { openSession } from '../session';
import type { Session } from '../session';
import { EXIT_CODES } from '../exitCodes';
import { CliFailure } from '../failure';
import { loadDoctor, loadSchema } from '../onDemand';
import { command } from '../options';
import type { SharedOptions } from '../options';
import { Output } from '../output';
import type { CommandSurroundings } from '../output';
import { counted, table } from '../text';

/** `podkeeper doctor`: checks each protection. */
export function doctorCommand(surroundings: CommandSurroundings): Command {
  return command('doctor', 'check which protections work, and show how to fix those that do not', {
    json: 'print one JSON document',
    examples: [['podkeeper doctor', 'one line per protection; exit code 0 if all work']],
  }).action((options: SharedOptions) => doctor(options, surroundings));
}

async function doctor(options: SharedOptions, surroundings: CommandSurroundings): Promise<void> {
  const output = new Output(surroundings, options.json === true);
  const session = await sessionOr(options, surroundings);
  if (session instanceof CliFailure) {
    const findings = [unreachableFinding(session)];
    output.result(findings, () => findingsText(findings));
    surroundings.setExitCode(EXIT_CODES.unreachable.code);
    return;
  }
  const { client, target } = session;
  const { deployment, accounts, settings } = target.configuration;
  output.status('asking Temporal and the workers …');
  const findings = await loadDoctor().examine({ client, deployment, accounts: namedAccounts(accounts), settings });
  output.result(findings, () => findingsText(findings));
  const isAllRight = findings.every(({ state }) => state === 'holds');
  output.say(isAllRight ? `all ${counted(findings.length, 'protection')} work` : failedText(findings));
  if (!isAllRight) surroundings.setExitCode(EXIT_CODES.failed.code);
}

/** The configured accounts. Without a configuration there is only a default account, which no worker may have. */
function namedAccounts(accounts: Session['target']['configuration']['accounts']): string[] {
  return isDeepStrictEqual(accounts, loadSchema().defaultAccounts(hostname())) ? [] : Object.keys(accounts);
}

/** An unreachable Temporal is one of the findings, so it isn't thrown. */
async function sessionOr(options: SharedOptions, surroundings: CommandSurroundings): Promise<Session | CliFailure> {
  try {
    return await openSession(options, surroundings);
  } catch (error) {
    if (error instanceof CliFailure && error.exitCode === EXIT_CODES.unreachable.code) return error;
    throw error;
  }
}

function unreachableFinding({ message }: CliFailure): Finding {
  const remedy = loadDoctor().CHECKS.find(({ name }) => name === 'temporal')?.remedy ?? null;
  return { name: 'temporal', subject: 'Temporal', state: 'broken', message, remedy };
}

const WORDS = { holds: 'ok', broken: 'BROKEN', unknown: 'unknown' } as const;

function findingsText(findings: readonly Finding[]): string {
  return table(
    findings.flatMap(({ name, subject, state, message, remedy }) => [
      [WORDS[state], name, subject, message],
      ...(remedy === null ? [] : [['', '', '', `→ ${remedy}`]]),
    ]),
  );
}

function failedText(findings: readonly Finding[]): string {
  const count = (state: Finding['state']) => findings.filter((finding) => finding.state === state).length;
  const parts = [`${count('broken')} broken`, `${count('unknown')} unknown`].filter((part) => !part.startsWith('0 '));
  return `podkeeper: ${parts.join(', ')} of ${counted(findings.length, 'protection')}`;
}
