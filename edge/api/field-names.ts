import { FarmError, isFarmError } from '../../agent/wire/farm-error.ts';

/** Core's name for a field is not always the one that the caller knows: errors that name `core` name `api` instead. */
export async function renamingField<T>(core: string, api: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isFarmError(error) || error.details?.['field'] !== core) throw error;
    const { code, blame, retry, details, message } = error;
    const renamed = message.startsWith(`${core}:`) ? `${api}${message.slice(core.length)}` : message;
    throw new FarmError(code, renamed, { blame, retry, details: { ...details, field: api }, cause: error });
  }
}
