/**
 * Who this machine is: an Ed25519 key that never leaves it, made at the first start, and the id that the coordinator gave it. Other
 * users of the machine cannot read the file.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { FarmError } from '../wire/farm-error.ts';
import { helloText } from '../wire/handshake.ts';
import type { Challenge, Hello } from '../wire/protocol.ts';

export interface Identity {
  /** Raw 32 bytes, base64. */
  readonly publicKey: string;
  /** Undefined until a coordinator let it join. */
  machineId(): string | undefined;
  saveMachineId(machineId: string): void;
  /** The identity part of a hello: the machine's where it has joined, else a join with `token`. Throws `unauthenticated` without either. */
  claim(challenge: Challenge, token: string | undefined): Hello['identity'];
}

interface IdentityFile {
  readonly version: 1;
  /** PKCS #8, PEM. */
  readonly privateKey: string;
  readonly machineId: string | null;
}

/** A new key, which replaces the file once a coordinator has let it join. */
export function createFreshIdentity(path: string): Identity {
  return identityOf(path, freshContent());
}

function freshContent(): IdentityFile {
  const { privateKey } = generateKeyPairSync('ed25519');
  return { version: 1, privateKey: exportKey(privateKey), machineId: null };
}

/** Reads the file, or makes it. Throws for one that is damaged: a new key would silently be a new machine. */
export function openIdentity(path: string): Identity {
  let content = readIdentity(path);
  if (content === undefined) {
    content = freshContent();
    writeIdentity(path, content);
  }
  return identityOf(path, content);
}

function identityOf(path: string, first: IdentityFile): Identity {
  const key = createPrivateKey(first.privateKey);
  const publicKey = rawPublicKey(key);
  let content = first;

  function signatureOf(text: string): string {
    return sign(null, Buffer.from(text, 'utf8'), key).toString('base64');
  }

  return {
    publicKey,
    machineId: () => content.machineId ?? undefined,
    saveMachineId(machineId) {
      if (content.machineId === machineId) return;
      content = { ...content, machineId };
      writeIdentity(path, content);
    },
    claim({ nonce }, token) {
      const { machineId } = content;
      if (machineId !== null) {
        const claim = { kind: 'machine', machineId } as const;
        return { ...claim, signature: signatureOf(helloText(nonce, claim)) };
      }
      if (token === undefined) {
        throw new FarmError('unauthenticated', 'This machine has not joined a farm yet: give --join TOKEN', {
          blame: 'caller',
        });
      }
      const claim = { kind: 'join', token, publicKey } as const;
      return { ...claim, signature: signatureOf(helloText(nonce, claim)) };
    },
  };
}

function exportKey(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

/** A JSON Web Key writes the raw bytes as base64url. */
function rawPublicKey(key: KeyObject): string {
  const { x } = key.export({ format: 'jwk' });
  return Buffer.from(x ?? '', 'base64url').toString('base64');
}

function readIdentity(path: string): IdentityFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const content = JSON.parse(text) as IdentityFile;
    createPrivateKey(content.privateKey);
    return content;
  } catch (error) {
    throw new FarmError('invalid_input', `${path} is damaged; remove it to join as a new machine`, {
      blame: 'machine',
      cause: error,
    });
  }
}

/** Flushed and renamed: losing the key means losing the machine. */
function writeIdentity(path: string, content: IdentityFile): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, `${JSON.stringify(content, null, 2)}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
