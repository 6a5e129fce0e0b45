export * from './account';
export * from './limiter';
export * from './lists';
export * from './moment';
