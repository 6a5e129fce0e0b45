export * from './account';
export * from './lanes';
export * from './limiter';
export * from './lists';
export * from './moment';
