import { log, metricMeter } from '@temporalio/workflow';
import { ALARM_METRIC, EVENT_LOG_LIMIT, NOT_ENDED, iso } from '../model';
import type { ClaimEvent, ClaimEventType, ClaimMemo, ErrorKind, SearchableFacts } from '../model';
import type { Display } from './display';
import type { Terms } from './terms';

/** What happened to a claim, and which alarms are raised. */
export interface JournalState {
  events: ClaimEvent[];
  /** The number of the newest event; 0 before the first. */
  sequence: number;
  /** The kinds of the alarms that are raised, by what they are about. */
  alarms: Record<string, AlarmKind[]>;
}

/** A failing call's error kind, or that an end isn't proven in time. */
export type AlarmKind = ErrorKind | typeof NOT_ENDED;

/** Why an alarm is raised. */
export interface AlarmCause {
  /** What it is about, for {@link Journal.clearAlarms}. */
  source: string;
  account: string;
  kind: AlarmKind;
  message: string;
}

/** What the journal writes where people look at Temporal. */
export interface JournalView {
  /** The text for the claim's own page. */
  details: () => string;
  /** What lists filter by, and what they return. */
  facts: () => { searchable: Partial<SearchableFacts>; listed: Partial<ClaimMemo> };
}

/** The error kinds of failing calls for which an alarm is raised. */
export function failuresIn({ alarms }: Pick<JournalState, 'alarms'>, source: string): ErrorKind[] {
  return (alarms[source] ?? []).filter((kind) => kind !== NOT_ENDED);
}

export function newJournal(): JournalState {
  return { events: [], sequence: 0, alarms: {} };
}

/** A claim's log, alarms, and what Temporal shows of it. */
export class Journal {
  private readonly state: JournalState;
  private readonly terms: Terms;
  private readonly display: Display;
  private readonly view: JournalView;

  constructor(state: JournalState, { terms, display, view }: { terms: Terms; display: Display; view: JournalView }) {
    this.state = state;
    this.terms = terms;
    this.display = display;
    this.view = view;
  }

  log(type: ClaimEventType, message: string): void {
    this.state.sequence += 1;
    this.state.events.push({ sequence: this.state.sequence, at: iso(Date.now()), type, message });
    if (this.state.events.length > EVENT_LOG_LIMIT) this.state.events.shift();
    this.show();
  }

  /** Updates the table on the claim's page in Temporal's UI. */
  show(): void {
    this.display.show(this.view.details());
  }

  /**
   * Updates the claim's search attributes and memo. Each update costs events, so only changes that people search by or lists show are
   * published.
   */
  publish(alarm?: string | null): void {
    const { searchable, listed } = this.view.facts();
    this.display.publish({ ...searchable, ...(alarm === undefined ? {} : { alarm }) }, listed);
  }

  /** Raises an alarm: in the log, the metric and the search attribute, so that any kind of alerting sees it. */
  raiseAlarm({ source, account, kind, message }: AlarmCause): void {
    const { claim, deployment } = this.terms;
    const raised = this.state.alarms[source] ?? [];
    if (!raised.includes(kind)) this.state.alarms[source] = [...raised, kind];
    this.log('alarm', message);
    log.error(`Podkeeper alarm: ${message}`, { claim, account, kind });
    metricMeter.createCounter(ALARM_METRIC, 'alarm', 'Alarms raised').add(1, { deployment, account, kind });
    this.publish(kind);
  }

  /** The error kinds of failing calls for which an alarm is raised. */
  failuresOf(source: string): ErrorKind[] {
    return failuresIn(this.state, source);
  }

  /**
   * Clears the alarms of calls that succeed again, so that the next failure of these kinds raises new ones.
   *
   * @param subject what succeeds, for people
   */
  clearAlarms(source: string, subject: string): void {
    const over = this.failuresOf(source);
    if (over.length === 0) return;
    this.log('alarm_cleared', `${subject} succeeds again: ${over.join(', ')} is over`);
    const left = (this.state.alarms[source] ?? []).filter((kind) => kind === NOT_ENDED);
    if (left.length > 0) this.state.alarms[source] = left;
    else this.dropAlarms(source);
    if (Object.keys(this.state.alarms).length === 0) this.publish(null);
  }

  /** Forgets the alarms of something that is over. */
  dropAlarms(source: string): void {
    delete this.state.alarms[source];
  }
}
