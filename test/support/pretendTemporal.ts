import { lifeOf } from '../../src/activities';
import { formatPodName, parseWorkflowId, workflowIdOf } from '../../src/model';
import type { OwnerFacts, PodIdentity } from '../../src/model';

/** A claim's workflow, as far as the reaper asks after it. */
interface Workflow {
  firstRunId: string;
  /** Temporal's word. */
  status: string;
  notAfter: string | null;
}

/** As much of Temporal as the reaper asks: workflows by id, and what operators do to them. */
export class PretendTemporal {
  /** `down`: nobody answers. `empty`: it answers, and knows no workflow. */
  mood: 'well' | 'down' | 'empty' = 'well';
  /** Workflow ids in the order in which they were asked after. */
  readonly asked: string[] = [];
  private readonly identity: PodIdentity;
  private readonly workflows = new Map<string, Workflow>();
  private runs = 0;

  constructor(identity: PodIdentity) {
    this.identity = identity;
  }

  /** A new life of a claim. Answers what its first pod is called. @param notAfter ms since 1970; default: far ahead */
  start(claim: string, notAfter: number = Number.MAX_SAFE_INTEGER): string {
    if (this.isOpen(claim)) throw new Error(`claim ${claim} lives`);
    this.runs += 1;
    const firstRunId = `run-${this.runs}`;
    const shown = notAfter === Number.MAX_SAFE_INTEGER ? '9999-12-31T23:59:59.999Z' : new Date(notAfter).toISOString();
    this.workflows.set(this.idOf(claim), { firstRunId, status: 'RUNNING', notAfter: shown });
    return this.podName(claim);
  }

  /** What a pod of the claim's life of now is called. */
  podName(claim: string, attempt = 1): string {
    const { firstRunId } = this.require(claim);
    return formatPodName({ ...this.identity, claim, life: lifeOf(firstRunId), attempt });
  }

  close(claim: string, status: 'COMPLETED' | 'FAILED' | 'CANCELLED' | 'TERMINATED' | 'TIMED_OUT' = 'TERMINATED'): void {
    this.require(claim).status = status;
  }

  /** Also of a closed workflow: a new run of the same chain goes on. */
  reset(claim: string): void {
    this.require(claim).status = 'RUNNING';
  }

  delete(claim: string): void {
    this.require(claim);
    this.workflows.delete(this.idOf(claim));
  }

  /** Whether it has a workflow of this claim, open or closed. */
  knows(claim: string): boolean {
    return this.workflows.has(this.idOf(claim));
  }

  isOpen(claim: string): boolean {
    return this.workflows.get(this.idOf(claim))?.status === 'RUNNING';
  }

  ownerOf(workflowId: string): Promise<OwnerFacts> {
    this.asked.push(workflowId);
    return Promise.resolve(this.factsOf(workflowId));
  }

  /** Names of pods that open claims hold, each of them its first. */
  heldPods(): Promise<string[]> {
    if (this.mood !== 'well') return Promise.resolve([]);
    const open = [...this.workflows].filter(([, { status }]) => status === 'RUNNING');
    return Promise.resolve(open.slice(0, 10).map(([id]) => this.podName(parseWorkflowId(id)?.claim ?? '')));
  }

  private factsOf(workflowId: string): OwnerFacts {
    if (this.mood === 'down') return { state: 'unanswered', message: 'nobody answers' };
    const workflow = this.mood === 'empty' ? undefined : this.workflows.get(workflowId);
    if (workflow === undefined) return { state: 'not_found' };
    const { firstRunId, status, notAfter } = workflow;
    return status === 'RUNNING' ? { state: 'open', firstRunId, notAfter } : { state: 'closed', firstRunId, status };
  }

  private require(claim: string): Workflow {
    const workflow = this.workflows.get(this.idOf(claim));
    if (workflow === undefined) throw new Error(`there is no workflow of claim ${claim}`);
    return workflow;
  }

  private idOf(claim: string): string {
    return workflowIdOf(this.identity.deployment, claim);
  }
}
