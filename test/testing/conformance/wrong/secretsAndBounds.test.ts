import { demandRed } from './demandRed';
import { SECRETS, BOUNDS } from './secretsAndBounds';

demandRed([...SECRETS, ...BOUNDS]);
