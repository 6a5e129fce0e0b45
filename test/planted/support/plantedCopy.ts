import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..', '..');
/** What a provider and its suite are made of. */
const COPIED = ['src', 'examples', 'package.json'];

/** A copy of the tree in which a patch was applied. */
export interface PlantedCopy {
  directory: string;
  remove: () => void;
}

/**
 * Copies the tree and plants a bug in the copy.
 *
 * @param patch its file name in `test/planted/patches`; `null` plants none
 * @throws when the patch doesn't apply any more
 */
export function plant(patch: string | null): PlantedCopy {
  // Outside of the clone, where `git apply` takes the patch's paths for what they are.
  const directory = mkdtempSync(join(tmpdir(), 'podkeeper-planted-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  try {
    for (const name of COPIED) cpSync(join(ROOT, name), join(directory, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
    if (patch !== null) {
      const file = join(ROOT, 'test', 'planted', 'patches', patch);
      execFileSync('git', ['apply', '--whitespace=nowarn', file], { cwd: directory, stdio: 'pipe' });
    }
    return { directory, remove };
  } catch (error) {
    remove();
    throw error;
  }
}
