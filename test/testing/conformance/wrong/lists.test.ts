import { demandRed } from './demandRed';
import { LISTS } from './lists';

demandRed([...LISTS]);
