import { demandRed } from './demandRed';
import { CREATE, ENDS } from './createAndEnds';

demandRed([...CREATE, ...ENDS]);
