/** How the program was called: what is printed to be typed has to work where it is read. npx says so to what it runs. */
export function programCall(env: Readonly<Record<string, string | undefined>>): string {
  return env['npm_command'] === 'exec' ? 'npx podkeeper' : 'podkeeper';
}
