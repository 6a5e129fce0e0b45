import { randomUUID } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file that takes a server's output. Not a pipe: a pipe breaks the server when we end first. */
export interface ServerLog {
  /** For the server's stdout and stderr. */
  descriptor: number;
  /** The last 16 KiB. */
  tail(): Promise<string>;
  close(): Promise<void>;
}

const TAIL_BYTES = 16 * 1024;

/** Opens the given file to append, or one without a name that vanishes with the last process that has it open. */
export async function openServerLog(path?: string): Promise<ServerLog> {
  const opened = path ?? join(tmpdir(), `podkeeper-${randomUUID()}.log`);
  const file = await open(opened, 'a+', 0o600);
  if (path === undefined) {
    await unlink(opened);
  }
  return {
    descriptor: file.fd,
    async tail() {
      const { size } = await file.stat();
      const start = Math.max(0, size - TAIL_BYTES);
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(TAIL_BYTES), position: start });
      return buffer.toString('utf8', 0, bytesRead);
    },
    close: () => file.close(),
  };
}
