/** Of no use anywhere else. */
export const SECRET = '4f9d0c7b2e6a81530f1c9ad37b64e8205b7fd2936ce1a04897c3506ebd128f7a';
export const OTHER_SECRET = 'Vt7-eG2q_XnB0sLr9wYzK4uJfHc1mQpD';
export const SECRETS = [SECRET, OTHER_SECRET, `${OTHER_SECRET}+`] as const;

/** Of one life, of the next number, of the next life, of another claim, controlPlane and deployment. */
export const NAMES = [
  'pk-prodk3vq-render-42-m5x7ta-1',
  'pk-prodk3vq-render-42-m5x7ta-2',
  'pk-prodk3vq-render-42-zz22aa-1',
  'pk-prodk3vq-render-43-m5x7ta-1',
  'pk-prodaaaa-render-42-m5x7ta-1',
  'pk-testk3vq-render-42-m5x7ta-1',
] as const;
