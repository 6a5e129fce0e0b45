import { demandRed } from './demandRed';
import { IDENTITY, PODS } from './identityAndPods';

demandRed([...IDENTITY, ...PODS]);
