export * from './account';
export * from './moment';
