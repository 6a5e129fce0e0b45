/** The part of a `package.json` that says which packages are there wherever this one is. */
export interface Manifest {
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** What a file needs at run time: `import`, `export … from`, `require` and `import()`, in sources and in compiled code. */
const IMPORT =
  /^(?:import|export) (?!type\b)[^;]*? from (['"])(?<from>[^'"]+)\1;?$|^import (['"])(?<bare>[^'"]+)\3;?$|\b(?:require|import)\((['"])(?<call>[^'"]+)\5\)/gm;

/**
 * What a file imports at run time from packages that its own package doesn't declare. Such a package is there only while another one brings it
 * along. Node's own modules count as declared with their prefix `node:` only.
 */
export function undeclaredImports(text: string, { dependencies, peerDependencies }: Manifest): string[] {
  const declared = new Set(['podkeeper', ...Object.keys({ ...dependencies, ...peerDependencies })]);
  return [...text.matchAll(IMPORT)]
    .map(({ groups = {} }) => groups['from'] ?? groups['bare'] ?? groups['call'] ?? '')
    .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
    .filter((name) => !declared.has(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name));
}
