/** Writes docs/cli.md from the program as it was built. */
import { writeFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { createProgram } from '../dist/cli/program.js';
import { cliReference } from '../dist/cli/reference.js';

const page = new URL('../docs/cli.md', import.meta.url);
const silent = { write: () => true };
const program = createProgram('', { env: {}, cwd: '/', stdout: silent, stderr: silent, setExitCode: () => undefined });
const options = await resolveConfig(page);
await writeFile(page, await format(cliReference(program), { ...options, parser: 'markdown' }));
