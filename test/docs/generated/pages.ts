import { cliReference } from './cliReference';
import { wholeProgram } from '../../cli/support/commandLine';
import { read } from '../markdown';
import { boundsInWords, boundsTable, localBound, termsTable } from './bounds';
import { checksList } from './checks';
import { accountsList, configurationList, settingsList, specList, variablesList } from './configurationTables';
import { consequencesList, errorKinds, exitCodesTable } from './errors';
import { familiesTable, namesTable } from './gpus';
import { moduleDiagram, moduleTable } from './modules';
import { phaseDiagram } from './phaseDiagram';
import { podSpecModule } from './podSpecTypes';

/** What of a page stands between its marks, by their names. */
const PARTS: Record<string, Record<string, () => string>> = {
  'README.md': { bounds: boundsInWords },
  'docs/architecture.md': { 'module-diagram': moduleDiagram, modules: moduleTable },
  'docs/configuration.md': {
    sections: configurationList,
    accounts: accountsList,
    settings: settingsList,
    variables: variablesList,
  },
  'docs/doctor.md': { checks: checksList },
  'docs/errors.md': { kinds: errorKinds, consequences: consequencesList, 'exit-codes': exitCodesTable },
  'docs/gpus.md': { names: namesTable, families: familiesTable },
  'docs/guarantees.md': {
    bounds: boundsTable,
    'local-bound': localBound,
    terms: termsTable,
  },
  'docs/lifecycle.md': { 'phase-diagram': phaseDiagram },
  'docs/spec.md': { fields: specList },
};

/** Each page that is generated, or has parts that are, as it should be. */
export const PAGES: Record<string, () => string> = {
  'docs/cli.md': () => cliReference(wholeProgram()),
  'src/model/podSpec.ts': podSpecModule,
  ...Object.fromEntries(Object.keys(PARTS).map((page) => [page, () => withParts(page)])),
};

function withParts(page: string): string {
  let text = read(page);
  for (const [name, make] of Object.entries(PARTS[page] ?? {})) {
    const [before, after, ...more] = text.split(
      new RegExp(`(?<=<!-- ${name}: .* -->\n)[^]*?(?=<!-- end of ${name} -->)`),
    );
    if (before === undefined || after === undefined || more.length > 0) {
      throw new Error(`${page} needs one pair of marks: <!-- ${name}: … --> and <!-- end of ${name} -->`);
    }
    text = `${before}\n${make()}\n\n${after}`;
  }
  return text;
}
