import { demandRed } from './demandRed';
import { ERRORS, JOBS, CATALOGUE, LOGS } from './errorsAndJobs';

demandRed([...ERRORS, ...JOBS, ...CATALOGUE, ...LOGS]);
