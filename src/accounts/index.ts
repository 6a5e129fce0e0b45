export * from './account';
export * from './limiter';
export * from './moment';
