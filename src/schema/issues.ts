import type { z } from 'zod';
import type { ErrorKind } from '../model';
import { PodkeeperError } from '../model';

export type Path = readonly (string | number)[];

/** A problem in the input. The message says what to write instead, and never repeats a value that may be a secret. */
export interface Issue {
  path: Path;
  message: string;
  /** `true` if the field is planned, and not supported yet. */
  unsupported?: boolean;
}

/** An issue in the `details` of an error. */
export interface IssueDetail {
  /** `ports[1]`, `env.HF_TOKEN`; empty for the whole. */
  path: string;
  message: string;
}

/** Where a field was written, for instance `pod.yaml:3`; empty if that isn't known. */
export type Locate = (path: Path) => string;

// Errors are sent through Temporal as failures, which have to be small.
const MOST_LISTED = 20;
const LONGEST_KEY = 64;

/**
 * One error for all issues: `unsupported` if all are, else `validation`.
 *
 * @param subject what was read, for instance `spec`
 */
export function errorOf(subject: string, issues: readonly Issue[], locate: Locate = () => ''): PodkeeperError {
  const unique = firstOfEachPath(issues);
  const listed = unique.slice(0, MOST_LISTED);
  const kind: ErrorKind = unique.every((issue) => issue.unsupported === true) ? 'unsupported' : 'validation';
  const details: IssueDetail[] = listed.map(({ path, message }) => ({ path: formatPath(path), message }));
  const lines = listed.map((issue) =>
    [locate(issue.path), formatPath(issue.path), issue.message].filter((part) => part !== '').join(': '),
  );
  if (unique.length > listed.length) lines.push(`… and ${unique.length - listed.length} more`);
  const heading = `${kind === 'unsupported' ? 'Unsupported' : 'Invalid'} ${subject}`;
  const text = lines.length === 1 ? `${heading}: ${lines.join('')}` : `${heading}:\n  ${lines.join('\n  ')}`;
  return new PodkeeperError(kind, text, { details });
}

// What couldn't be copied is `null` in later checks, which report it again.
function firstOfEachPath(issues: readonly Issue[]): Issue[] {
  const first = new Map<string, Issue>();
  for (const issue of issues) {
    const path = formatPath(issue.path);
    if (!first.has(path)) first.set(path, issue);
  }
  return [...first.values()];
}

/** A path as text: `ports[1].protocol`. */
export function formatPath(path: Path): string {
  let text = '';
  for (const segment of path) {
    if (typeof segment === 'number') text += `[${segment}]`;
    else if (segment.length > LONGEST_KEY || !/^[A-Za-z_][\w-]*$/.test(segment)) {
      text += `[${JSON.stringify(segment.slice(0, LONGEST_KEY))}]`;
    } else text += text === '' ? segment : `.${segment}`;
  }
  return text;
}

/** Converts zod's issues: one for each wrong key, and for a union those of the form that was meant. */
export function issuesOf(issues: readonly z.core.$ZodIssue[], at: Path = []): Issue[] {
  return issues.flatMap((issue) => {
    const path = [...at, ...issue.path.map((segment) => (typeof segment === 'number' ? segment : String(segment)))];
    if (issue.code === 'unrecognized_keys') {
      const messages = issue.message.split('\n');
      return issue.keys.map((key, index) => ({ path: [...path, key], message: messages[index] ?? issue.message }));
    }
    if (issue.code === 'invalid_key') return issuesOf(issue.issues, path);
    if (issue.code === 'invalid_union') {
      const meant = issue.errors.find((form) => !form.some(isOtherForm));
      if (meant !== undefined) return issuesOf(meant, path);
    }
    return [{ path, message: issue.message }];
  });
}

function isOtherForm(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && (issue.code === 'invalid_type' || issue.code === 'invalid_value');
}

/** A message for zod that says what the value has to be. */
export function mustBe(form: string): (issue: { input?: unknown }) => string {
  return (issue) => (issue.input === null ? `is empty: leave it out, or give ${form}` : `must be ${form}`);
}
