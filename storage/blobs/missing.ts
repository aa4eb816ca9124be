import { FarmError } from '../../agent/wire/farm-error.ts';

export function blobMissing(key: string): FarmError {
  return new FarmError('blob_missing', `The stored object "${key}" is gone`, {
    blame: 'farm',
    details: { key },
  });
}
