import type { AbsenceRow, ErrorKind } from '../model';
import type { Course } from './course';
import type { Journal } from './journal';
import type { Terms } from './terms';

/** The source of alarms of failing reads. */
export const READS = 'reads';

/** Repeats reading calls until they answer. */
export class Reader {
  private readonly course: Course;
  private readonly journal: Journal;
  private readonly terms: Terms;

  constructor({ course, journal, terms }: { course: Course; journal: Journal; terms: Terms }) {
    this.course = course;
    this.journal = journal;
    this.terms = terms;
  }

  /**
   * Repeats a reading call until it answers, through any failure of the activity, or until an end is decided (`undefined`). A failure that
   * no backoff cures raises an alarm, once until it is over.
   *
   * @param subject what is read, for the alarm: `pod 17`, and on which account
   * @param progress gets the row of absences of each answer
   */
  async read<T extends { outcome: string; absence?: AbsenceRow | null }>(
    { subject, account }: { subject: string; account: string },
    progress: { absence: AbsenceRow | null },
    call: (alarmsReported: ErrorKind[]) => Promise<T>,
  ): Promise<Exclude<T, { outcome: 'alarm' | 'cleared' }> | undefined> {
    while (!this.course.isEnding) {
      try {
        const answer = await this.course.untilEnding(() => call(this.journal.failuresOf(READS)));
        progress.absence = answer.absence ?? null;
        if (isAlarm(answer)) {
          const message = `${subject} of claim ${this.terms.claim} can't be read: ${answer.message}`;
          this.journal.raiseAlarm({ source: READS, account, kind: answer.kind, message });
          continue;
        }
        this.journal.clearAlarms(READS, subject);
        if (answer.outcome !== 'cleared') return answer as Exclude<T, { outcome: 'alarm' | 'cleared' }>;
      } catch {
        // A lost worker after a reset, or a failure that somebody made non-retryable. The next poll finds out.
        await this.course.waitUnlessEnding(this.terms.admission.settings.bootPollMs, 'Until the next poll');
      }
    }
    return undefined;
  }
}

function isAlarm(answer: { outcome: string }): answer is { outcome: 'alarm'; kind: ErrorKind; message: string } {
  return answer.outcome === 'alarm';
}
