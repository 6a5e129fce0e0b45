/** The states from which a workflow never comes back. All others, *paused* and those of newer servers among them, count as open. */
const CLOSED = new Set<string>(['COMPLETED', 'FAILED', 'CANCELLED', 'TERMINATED', 'TIMED_OUT']);

/** Tells whether the newest run of a workflow has closed. */
export function isClosed({ status }: { status: { name: string } }): boolean {
  return CLOSED.has(status.name);
}
